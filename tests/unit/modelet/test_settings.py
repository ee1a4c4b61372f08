"""Settings: what is set, what is not, and what is told of what cannot be used."""

import pytest

from modelet.errors import SettingsError
from modelet.settings import Settings, read_settings


def test_other_variables_are_left_alone() -> None:
    settings = Settings.from_environment({"MODELET_MAX_INPUTS": "3", "MODELET_TRACING": "true", "PATH": "/bin"})
    assert (settings.max_inputs, settings.tracing) == (3, True)
    assert settings.max_chars == Settings().max_chars


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("MODELET_MAX_INPUT", "3", "MODELET_MAX_INPUT: Extra inputs.*Known variables: MODELET_MAX_INPUTS, "),
        ("MODELET_MAX_INPUTS", "many", "MODELET_MAX_INPUTS: Input should be a valid integer"),
        ("MODELET_MAX_CHARS", "0", "MODELET_MAX_CHARS: Input should be greater than 0"),
        ("MODELET_CACHE_BYTES", "-1", "MODELET_CACHE_BYTES: Input should be greater than or equal to 0"),
        ("MODELET_TRACING", "perhaps", "MODELET_TRACING: Input should be a valid boolean"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Settings.from_environment({name: value})


def test_every_wrong_variable_is_named_in_one_line() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"MODELET_THREADS": "x", "MODELET_NOPE": "1"})
    message = str(caught.value)
    assert "MODELET_THREADS: " in message
    assert "MODELET_NOPE: " in message
    assert "\n" not in message


def test_a_secret_is_not_shown() -> None:
    assert "sesame" not in repr(Settings.from_environment({"MODELET_HASH_KEY": "sesame open sesame"}))


def test_an_empty_secret_is_none_and_a_short_one_is_refused() -> None:
    assert Settings.from_environment({"MODELET_HASH_KEY": ""}).hash_key is None
    with pytest.raises(SettingsError, match=r"MODELET_HASH_KEY: .*at least 16"):
        Settings.from_environment({"MODELET_HASH_KEY": "sesame"})


def test_the_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELET_MAX_INPUTS", "1")
    assert read_settings().max_inputs == 1
