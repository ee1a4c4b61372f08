"""What Spark or a DataFrame lacks, and Spark's own errors in a line."""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["SparkError", "told"]


class SparkError(Exception):
    """What the user can mend; the message is one line."""


@contextmanager
def told() -> Iterator[None]:
    """Turn what Spark raises, which is often pages of Java, into SparkError."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise SparkError(_in_a_line(str(error))) from None


def _in_a_line(message: str) -> str:
    """The last line of the first Python traceback in `message`, or else its first line."""
    lines = [line.rstrip() for line in message.splitlines() if line.strip()]
    if any(line.startswith("Traceback ") for line in lines):
        start = next(number for number, line in enumerate(lines) if line.startswith("Traceback "))
        return next((line for line in lines[start + 1 :] if not line.startswith(" ")), lines[-1])
    return lines[0].strip() if lines else "Spark failed without a word"
