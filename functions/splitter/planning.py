"""From a plain file to a job and its parts."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from functions.splitter.kind import layout_of
from modelet.batch.cutting import Read, cuts
from modelet.batch.framing import Format
from modelet.batch.jobs import Job, Part, Source

__all__ = ["ERROR", "HOLD", "PARAMETERS", "SCAN", "parts_of", "planned", "settings_of"]

ERROR = "_error.json"  # where the results would be of what was refused
PARAMETERS, SCAN = "parameters", "scan"  # in the metadata of a file
HOLD = "hold"  # there too: the file becomes a job when the splitter is invoked for it


def settings_of(metadata: Mapping[str, str]) -> str:
    """What of a file's metadata makes another job of it."""
    return metadata.get(PARAMETERS, "") + metadata.get(SCAN, "")


def planned(
    name: str,
    task: str,
    bundle: str,
    source: Source,
    plain: Source | None,
    form: Format,
    read: Read,
    *,
    part_bytes: int,
    results: str,
    parameters: Mapping[str, Any],
) -> Job:
    """The job of a file in `form`, whose plain text is had by `read`. Raises RefusedError."""
    layout = layout_of(source.key, form, read, (plain or source).size)
    return Job(
        id=name,
        task=task,
        bundle=bundle,
        source=source,
        plain=plain,
        format=form,
        header=tuple(layout.header),
        begin=layout.begin,
        lines_before=layout.lines_before,
        part_bytes=part_bytes,
        results=results,
        parameters=dict(parameters),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def parts_of(job: Job, read: Read, *, scan: bool) -> Iterator[Part]:
    """The parts of a job, always the same ones."""
    ranges = cuts(read, job.format, job.begin, job.data.size, job.part_bytes, len(job.header), scan=scan)
    return (Part(job=job.id, name=f"{number:05}", start=a, end=b) for number, (a, b) in enumerate(ranges))
