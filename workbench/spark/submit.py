"""What takes a job to a cluster: the archive, an entry for it, and the command line."""

import shlex
from pathlib import Path

from workbench.spark.job import Job
from workbench.spark.pack import write_archive

__all__ = ["ENTRY", "submit_line", "write_job"]

ENTRY = "job.py"
ENVIRONMENT = "environment"
CORES = 4  # of an executor
MIB_A_CORE = 400  # of a Python process, which Java knows nothing of; with sentiment it takes 240
_ENTRY_CODE = '"""Begins the job of the archive in --py-files."""\n\nfrom workbench.spark.job import main\n\nmain()\n'


def write_job(function: str, folder: Path) -> Path:
    """Write the archive of a function into `folder`, and what `spark-submit` begins with. The archive's path."""
    archive = write_archive(function, folder)
    (folder / ENTRY).write_text(_ENTRY_CODE, encoding="utf-8")
    return archive.path


def submit_line(job: Job, archive: Path, parameters: str) -> list[str]:
    """The command line, option by option, for YARN (EMR); elsewhere master and deploy mode are others.

    The Python of the executors, with what modelet depends on, comes as an archive, too.
    """
    more = ["--parameters", parameters] if job.parameters else []
    words = [str(archive.with_name(ENTRY)), job.source, job.target, *more, *["--overwrite"][: job.overwrite]]
    return [
        "spark-submit --master yarn --deploy-mode cluster",
        f"--executor-cores {CORES} --conf spark.executor.memoryOverhead={CORES * MIB_A_CORE}m",
        f"--archives {ENVIRONMENT}.tar.gz#{ENVIRONMENT}",
        f"--conf spark.pyspark.python=./{ENVIRONMENT}/bin/python",
        f"--py-files {shlex.quote(str(archive))}",
        shlex.join(words),
    ]
