"""A Spark session of this machine, or of a cluster that the caller names."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.spark.errors import SparkError, told

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["HERE", "open_session", "require_spark"]

HERE = "local[*,4]"  # every core, and as many attempts of a task as a cluster makes
_LOGGING = Path(__file__).with_name("log4j2.properties")


def require_spark() -> None:
    """Raises SparkError naming what is missing."""
    for package in ("pyspark", "pyarrow", "pandas"):
        if find_spec(package) is None:
            raise SparkError(f"{package} is missing: pip install -e '.[spark]'")
    java = Path(os.environ.get("JAVA_HOME", ""), "bin", "java")
    if shutil.which("java") is None and not java.is_file():
        raise SparkError("Spark needs Java 17 or newer: neither is java on PATH nor does JAVA_HOME name it")


@contextmanager
def open_session(master: str) -> Iterator[SparkSession]:
    """A session that ends with the block. Raises SparkError, also for what Spark raises in the block."""
    require_spark()
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # by default python3, which may be another
    os.environ.setdefault("SPARK_SUBMIT_OPTS", f"-Dlog4j2.configurationFile={_LOGGING.as_uri()}")
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    with told():
        builder = SparkSession.builder.master(master).appName("modelet")
        for name in ("spark.ui.enabled", "spark.ui.showConsoleProgress"):
            builder = builder.config(name, "false")
        session = builder.getOrCreate()
        try:
            yield session
        finally:
            session.stop()
