"""The predictor on a random model: order, duplicates, threads, cache, and what it lets be observed."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from modelet.bundle import Bundle
from modelet.inputs import TextOrIds
from modelet.predictor import Prediction, Predictor
from modelet.settings import Settings
from modelet.tasks.embedding import Embedding, EmbeddingTask
from tests.tiny import write_bundle

SHORT = ["a", "bed", "cab", "face", "deaf", "gab"]
LONG = [letter * 40 for letter in "abcdefgh"]  # as long as the model reads


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return write_bundle(tmp_path_factory.mktemp("predictor") / "model")


def predictor(bundle: Bundle, cache_bytes: int = 0, threads: int = 1) -> Predictor[TextOrIds, Embedding]:
    return Predictor(bundle, EmbeddingTask, Settings(cache_bytes=cache_bytes, threads=threads))


def bits(answers: Sequence[Embedding]) -> list[bytes]:
    return [answer.vector.tobytes() for answer in answers]


class Counted(Predictor[TextOrIds, Embedding]):
    """Notes which sequences are run."""

    def __init__(self, bundle: Bundle, cache_bytes: int) -> None:
        super().__init__(bundle, EmbeddingTask, Settings(cache_bytes=cache_bytes, threads=1))
        self.runs: list[list[int]] = []
        run = self._session.run

        def counting(ids: NDArray[np.int64]) -> NDArray[np.float32]:
            self.runs.append(ids.tolist())
            return run(ids)

        self._session.run = counting  # type: ignore[method-assign]


def test_answers_come_in_order_and_do_not_depend_on_neighbours(bundle: Bundle) -> None:
    one = predictor(bundle)
    alone = [bits(one.predict([text]))[0] for text in SHORT]
    assert len(set(alone)) == len(SHORT)
    assert bits(one.predict(SHORT)) == alone
    assert bits(one.predict(SHORT[::-1])) == alone[::-1]


def test_equal_items_are_run_once(bundle: Bundle) -> None:
    counted = Counted(bundle, cache_bytes=0)
    answers = bits(counted.predict(["bed", "a", "bed", "bed"]))
    assert len(counted.runs) == 2
    assert answers[0] == answers[2] == answers[3] != answers[1]


def test_cached_items_are_not_run_again(bundle: Bundle) -> None:
    counted = Counted(bundle, cache_bytes=1 << 20)
    first = bits(counted.predict(["bed", "a"]))
    again = bits(counted.predict(["a", "cab", "bed"]))
    assert counted.runs == [[2, 5, 31, 30, 3], [2, 4, 3], [2, 6, 27, 28, 3]]
    assert [again[2], again[0]] == first


def test_a_text_and_equal_ids_are_kept_apart(bundle: Bundle) -> None:
    counted = Counted(bundle, cache_bytes=1 << 20)
    text = "\x04\0\0\0\0\0\0\0"  # its bytes are those of the id 4
    assert len(set(bits(counted.predict([text, (4,)])))) == 2


@pytest.mark.parametrize("threads", [2, 3, 16])
def test_threads_give_the_same_bits(bundle: Bundle, threads: int) -> None:
    expected = bits(predictor(bundle).predict(LONG))
    assert bits(predictor(bundle, threads=threads).predict(LONG)) == expected


def test_one_predictor_serves_several_threads(bundle: Bundle) -> None:
    shared = predictor(bundle, cache_bytes=2000, threads=2)
    expected = bits(predictor(bundle).predict(LONG))
    with ThreadPoolExecutor(4) as pool:
        assert all(answer == expected for answer in pool.map(lambda _: bits(shared.predict(LONG)), range(20)))


def test_a_failing_run_is_told(bundle: Bundle) -> None:
    many = predictor(bundle, threads=3)
    with pytest.raises(Exception, match="indices element out of data bounds"):
        many.predict([*LONG, (999,)])
    assert len(many.predict(LONG)) == len(LONG)


def test_what_is_observed(bundle: Bundle) -> None:
    seen: list[Prediction] = []
    observed = predictor(bundle, cache_bytes=1 << 20)
    observed.observe = seen.append
    observed.predict(["bed", "bed", "a"])
    observed.predict(["a"])
    observed.predict([])
    assert [(one.inputs, one.cached, one.tokens) for one in seen] == [(3, 1, 8), (1, 1, 0), (0, 0, 0)]
    assert seen[0].milliseconds > 0


def test_a_cached_answer_cannot_be_changed(bundle: Bundle) -> None:
    [answer] = predictor(bundle, cache_bytes=1 << 20).predict(["bed"])
    with pytest.raises(ValueError, match="read-only"):
        answer.vector[0] = 1


@pytest.mark.parametrize(("memory", "threads"), [("512", 1), ("1769", 1), ("3538", 2), ("10240", 5)])
def test_threads_follow_lambdas_memory(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, memory: str, threads: int
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory)
    assert predictor(bundle, threads=0)._threads == threads
