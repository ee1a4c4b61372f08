"""What is said before Spark runs, and what of Spark's own words is told."""

from pathlib import Path

import pytest

from workbench.spark.errors import SparkError, told
from workbench.spark.files import check_names

WORKER = """An exception was thrown from the Python worker:
Traceback (most recent call last):
  File "worker.py", line 1, in main
    process()
modelet.errors.BundleError: model.onnx is damaged

JVM stacktrace:
org.apache.spark.SparkException: Job aborted
	at java.base/java.lang.Thread.run(Thread.java:840)
"""


def test_names_of_files(tmp_path: Path) -> None:
    check_names("s3://bucket/in.jsonl.gz", str(tmp_path / "out.parquet"), overwrite=False)
    with pytest.raises(SparkError, match=r"in\.xls must end in \.parquet, \.jsonl, \.ndjson or \.csv"):
        check_names("in.xls", "out.parquet", overwrite=False)
    with pytest.raises(SparkError, match=r"out\.csv must end in \.parquet or \.jsonl"):
        check_names("in.csv", "out.csv", overwrite=False)
    (tmp_path / "out.parquet").mkdir()
    with pytest.raises(SparkError, match=r"out\.parquet is there; --overwrite replaces it"):
        check_names("in.csv", str(tmp_path / "out.parquet"), overwrite=False)
    check_names("in.csv", str(tmp_path / "out.parquet"), overwrite=True)


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (WORKER, "modelet.errors.BundleError: model.onnx is damaged"),
        (
            "[PATH_NOT_FOUND] Path does not exist: x.\nJVM stacktrace:\n\tat a",
            "[PATH_NOT_FOUND] Path does not exist: x.",
        ),
    ],
)
def test_errors_of_spark_in_a_line(message: str, line: str) -> None:
    errors = pytest.importorskip("pyspark.errors", reason="needs modelet[spark]")
    with pytest.raises(SparkError) as raised, told():
        raise errors.PySparkException(message)
    assert str(raised.value) == line
