"""The same bundles on Apache Spark: a DataFrame's rows answered where they are, one session for each core.

An archive takes code and bundle to the executors; modules here that run there import nothing that is not in it.
"""

from workbench.spark.errors import SparkError
from workbench.spark.frames import predict

__all__ = ["SparkError", "predict"]
