"""A bar over what Spark is doing: the tasks of the stages that run now."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

from workbench.progress import TaskProgress, task_progress

if TYPE_CHECKING:
    from pyspark import StatusTracker
    from pyspark.sql import SparkSession

__all__ = ["followed"]

T = TypeVar("T")
INTERVAL = 0.5  # seconds


def followed(spark: SparkSession, what: str, action: Callable[[], T]) -> tuple[T, int]:
    """What `action` returns, and how many tasks failed and were tried again. Ctrl-C ends Spark."""
    tracker = spark.sparkContext.statusTracker()
    before = set(tracker.getJobIdsForGroup())
    with task_progress(what) as progress, ThreadPoolExecutor(1) as thread:
        future = thread.submit(action)
        try:
            while not wait([future], INTERVAL).done:
                _show(tracker, progress)
        except KeyboardInterrupt:
            spark.stop()  # to cancel jobs would leave `action` to begin its next one
            raise
        result = future.result()
        progress.update(1, 1)
    return result, _failed(tracker, set(tracker.getJobIdsForGroup()) - before)


def _show(tracker: StatusTracker, progress: TaskProgress) -> None:
    running = [info for stage in tracker.getActiveStageIds() if (info := tracker.getStageInfo(stage))]
    if running:
        progress.update(sum(one.numCompletedTasks for one in running), sum(one.numTasks for one in running))


def _failed(tracker: StatusTracker, jobs: set[int]) -> int:
    """How many tasks of `jobs` failed."""
    stages = {stage for job in jobs if (info := tracker.getJobInfo(job)) for stage in info.stageIds}
    return sum(info.numFailedTasks for stage in stages if (info := tracker.getStageInfo(stage)))
