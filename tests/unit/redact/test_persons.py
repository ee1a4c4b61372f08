"""When a word that the model takes for a name is somebody's, and when the line around it says that it is a thing's."""

from collections.abc import Sequence

import pytest

from functions.redact.casing import Casing
from functions.redact.persons import is_person
from functions.redact.spans import Span


def run(text: str, name: str, score: float, recognizer: str = "model") -> list[Span]:
    words, at = [], text.index(name)
    for word in name.split():
        at = text.index(word, at)
        words.append(Span(at, at + len(word), "PERSON", score, recognizer))
    return words


def somebody(text: str, name: str, score: float, recognizer: str = "model") -> bool:
    return is_person(text, run(text, name, score, recognizer), Casing(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hurricane Ian made landfall", "Ian"),
        ("Hurricane Ian made landfall", "Hurricane Ian"),
        ("on Mt. Elbert it snows", "Elbert"),
        ("a Gaussian process is fitted", "Gaussian"),
        ("Valentine's Day is on Friday", "Valentine"),
        ("Barnard's Star is near", "Barnard"),
        ("Nitrous oxide fell", "Nitrous"),
        ("Ada Jones Inc. fell", "Ada Jones"),
    ],
)
def test_what_is_called_by_a_name_is_nobody(text: str, name: str) -> None:
    assert not somebody(text, name, 1.0)


@pytest.mark.parametrize(
    "text", ["We met Ada at noon", "It was Ada's day", "We know the house of Ada", "Ask Ada, today"]
)
def test_what_belongs_to_somebody_is_no_title(text: str) -> None:
    assert somebody(text, "Ada", 0.51)


@pytest.mark.parametrize("text", ["Neptune was found late", "heat to 300 Kelvin now", "we compare GAIL with others"])
def test_things_and_acronyms_are_people_only_if_certain(text: str) -> None:
    name = next(word for word in text.split() if word in {"Neptune", "Kelvin", "GAIL"})
    assert not somebody(text, name, 0.97)
    assert somebody(text, name, 0.99)


@pytest.mark.parametrize("text", ["Ada is out", "The Ada is out", "we saw ada there, He said", "Jo. Ada is out"])
def test_without_a_telling_capital_a_word_must_be_likely(text: str) -> None:
    name = "Ada" if "Ada" in text else "ada"
    assert not somebody(text, name, 0.7)
    assert somebody(text, name, 0.8)


@pytest.mark.parametrize("follows", [" Lovelace", " B. Lovelace", " and Grace", ", Grace and Edith", " & Grace"])
def test_another_name_beside_it_is_enough(follows: str) -> None:
    assert somebody(f"Ada{follows} wrote", "Ada", 0.51)


@pytest.mark.parametrize("text", ["Chelsea lost 1-4 at home", "Chelsea went through 4\u20133 on aggregate"])
def test_who_wins_or_loses_by_goals_is_a_team(text: str) -> None:
    assert not somebody(text, "Chelsea", 0.98)


@pytest.mark.parametrize("text", ["Chelsea works 9-5 on Mondays", "Chelsea lost her badge. Call 3-1"])
def test_other_pairs_of_numbers_are_no_result(text: str) -> None:
    assert somebody(text, "Chelsea", 0.8)


@pytest.mark.parametrize(
    ("text", "name", "recognizer"),
    [
        ("dr. may is in", "may", "context"),
        ("text neptune now", "neptune", "model"),
        ("Neptune Jones", "Neptune Jones", "model"),
    ],
)
def test_titles_surnames_and_writers_without_capitals_are_left_alone(text: str, name: str, recognizer: str) -> None:
    assert somebody(text, name, 0.51, recognizer)


@pytest.mark.parametrize(
    "text",
    [
        "Siemens announced it",
        "siemens announced it",
        "Rosh Hashanah begins",
        "Siemens, Bosch and Philips fell",
        "The engines by Siemens run",
        "Toyota Corolla",
    ],
)
def test_what_is_called_like_a_well_known_thing_is_nobody(text: str) -> None:
    name = next(name for name in ("Siemens", "siemens", "Rosh Hashanah", "Toyota Corolla") if name in text)
    assert not somebody(text, name, 0.98)


@pytest.mark.parametrize(
    "text",
    ["My name is Siemens.", "hi, i'm Siemens", "Name: Siemens", "Dear Siemens, hello", "Siemens, Anna: room 2"],
)
def test_who_is_introduced_is_somebody(text: str) -> None:
    assert somebody(text, "Siemens", 0.99)


@pytest.mark.parametrize("name", ["Anna Siemens", "Siemens Anna", "Julia Vega", "Easter Julia"])
def test_names_beside_the_names_of_things_are_somebodys(name: str) -> None:
    assert somebody(f"Then {name} wrote", name, 0.99)


@pytest.mark.parametrize(
    ("text", "name"), [("Use Julia 1.10 here", "Julia"), ("Julia v2", "Julia"), ("243 Ida has a moon", "Ida")]
)
def test_a_number_makes_a_thing_of_a_name(text: str, name: str) -> None:
    assert not somebody(text, name, 0.99)


@pytest.mark.parametrize(
    "text",
    ["Julia wrote", "call Julia 555-0132", "Julia 14:30", "On May 14 Julia came", "room 14 Julia"],
)
def test_other_numbers_beside_a_name(text: str) -> None:
    assert somebody(text, "Julia", 0.99)


def tells(text: str, word: str) -> bool:
    at = text.index(word)
    return Casing(text).tells(Span(at, at + len(word), "PERSON", 0.5, "model"))


@pytest.mark.parametrize("text", ["we saw Ada", "read the Ada novel", "Ada: what a day"])
def test_a_capital_tells(text: str) -> None:
    assert tells(text, "Ada")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Ada is out", "Ada"),
        ("He left. Ada is out", "Ada"),
        ("The Ada is out", "Ada"),
        ("we saw ADA", "ADA"),
        ("we saw ada", "ada"),
        ("from April on", "April"),
        ("then Black resigned", "Black"),
    ],
)
def test_a_capital_that_tells_nothing(text: str, word: str) -> None:
    assert not tells(text, word)


@pytest.mark.parametrize(
    ("lines", "mixed"),
    [("Ada came", [True]), ("Ada Lovelace", [True]), ("ADA CAME\nada came", [False, False]), ("ADA said", [True])],
)
def test_each_line_uses_capitals_or_not(lines: str, mixed: Sequence[bool]) -> None:
    casing, starts = Casing(lines), [0, lines.find("\n") + 1]
    found = [casing.is_mixed(Span(start, start + 1, "PERSON", 0.5, "model")) for start in starts[: len(mixed)]]
    assert found == mixed
