"""What INIT does without, it does without only then."""

import gc
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

from modelet.init import init_begins, init_ends, models_deferred


@pytest.fixture(autouse=True)
def _usual_collector() -> Iterator[None]:
    init_ends()  # a test before may have imported a service, but no handler
    yield
    init_ends()
    gc.unfreeze()


def test_garbage_is_searched_later_during_init_and_as_usual_after_it() -> None:
    usual = gc.get_threshold()
    init_begins()
    assert gc.isenabled()
    assert gc.get_threshold()[0] > 100 * usual[0]
    init_ends()
    assert gc.get_threshold() == usual
    assert gc.get_freeze_count() > 0


def test_a_deferred_model_is_built_when_it_is_first_used() -> None:
    with models_deferred():

        class Deferred(BaseModel):
            number: int

    class Usual(BaseModel):
        number: int

    assert not Deferred.__pydantic_complete__
    assert Usual.__pydantic_complete__
    with pytest.raises(ValidationError):
        Deferred(number="x")
    assert Deferred.__pydantic_complete__


def test_models_are_built_as_usual_after_a_failed_import() -> None:
    with pytest.raises(ImportError), models_deferred():
        raise ImportError
    assert "defer_build" not in BaseModel.model_config
