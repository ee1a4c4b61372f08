"""Batch jobs over moto's S3, SQS and DynamoDB, with splitter and worker in this process."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from functions.splitter.kind import RefusedError
from functions.splitter.splitting import HeldError, Splitter
from modelet.batch import work
from modelet.batch.answering import PartWorker
from modelet.batch.jobs import Done, Job, Part, Progress, Source
from modelet.batch.ledger import Ledger
from modelet.operation import Operation
from modelet.settings import Settings
from workbench.batch import local
from workbench.batch.cloud import Cloud
from workbench.batch.folder import Folder, FolderLedger
from workbench.batch.operations import open_rows
from workbench.batch.parquet import to_parquet
from workbench.cloud.services import Services, local_services
from workbench.local.errors import LocalError
from workbench.local.template import read_document

ROWS = [
    {"id": number, "text": f"Film {number} was {('good', 'bad')[number % 2]}.", "more": "é"} for number in range(40)
]
JSONL = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


@dataclass
class House:
    """Services, and the two functions of a job."""

    services: Services
    splitter: Splitter
    worker: PartWorker
    ledger: Ledger
    seconds: Callable[[], float] = field(default=lambda: 300.0)

    def __post_init__(self) -> None:
        self.s3, self.sqs = self.services.client("s3"), self.services.client("sqs")
        self.inputs, self.results = (self.services.references[name] for name in ("Inputs", "Results"))

    def put(self, key: str, body: bytes, **metadata: str) -> None:
        self.s3.put_object(Bucket=self.inputs, Key=key, Body=body, Metadata=metadata)

    def parts(self) -> Iterator[Part]:
        """Parts that are waiting, as long as there are any."""
        url = self.services.references["SentimentParts"]
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                yield Part.model_validate(json.loads(message["Body"])["part"])

    def run(self, key: str) -> tuple[Job, Progress]:
        """Split a file and answer its parts."""
        name = self.splitter.split(self.inputs, key, None)
        for part in self.parts():
            if rest := self.worker(part, self.seconds):
                self.worker.send(rest)
        return self.ledger.job(name), self.ledger.progress(name)

    def files(self, prefix: str) -> dict[str, bytes]:
        listed = self.s3.list_objects_v2(Bucket=self.results, Prefix=prefix).get("Contents", [])
        return {
            one["Key"].removeprefix(prefix): self.s3.get_object(Bucket=self.results, Key=one["Key"])["Body"].read()
            for one in listed
        }

    def answers(self, job: Job) -> list[dict[str, Any]]:
        files = self.files(job.results)
        parts = json.loads(files["_manifest.json"])["parts"]
        return [json.loads(line) for part in parts for line in files[part["file"]].splitlines()]

    def failures(self, job: Job) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files(job.results)["_failures.jsonl"].splitlines()]


@pytest.fixture(scope="module")
def operation(bundles: Path) -> Operation[Any, Any, Any, Any]:
    return open_rows("sentiment")


@pytest.fixture
def house(bundles: Path, operation: Operation[Any, Any, Any, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    document = read_document(bundles / "template.yaml")
    needed = ("Inputs", "Results", "Jobs", "NewFiles", "Sentiment")
    resources = {name: one for name, one in document["Resources"].items() if name.startswith(needed)}
    with local_services({**document, "Resources": resources}) as services:
        names = services.references
        for name, value in {**services.variables, "AWS_DEFAULT_REGION": "us-east-1"}.items():
            monkeypatch.setenv(name, value)
        settings = Settings(
            jobs_table=names["Jobs"],
            results_bucket=names["Results"],
            parts_queue=names["SentimentParts"],
            part_queues="modelet-parts-",
        )
        ledger = Ledger(names["Jobs"], services.client("dynamodb"))
        yield House(services, Splitter(settings, bundles / "functions"), PartWorker(operation, settings), ledger)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.splitter.splitting.PART_BYTES", range(500, 501))


def table(rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", "text", "more"])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


BROKEN_LINES = table([{**row, "text": f'{row["text"]}\nIt said "no", twice.'} for row in ROWS])


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("rows.jsonl", JSONL),
        ("no end.ndjson", JSONL.rstrip()),
        ("plus+and ünïcode/rows.jsonl", JSONL),
        ("mark.jsonl", b"\xef\xbb\xbf" + JSONL),
        ("packed.jsonl.gz", gzip.compress(JSONL)),
        ("members.jsonl.gz", gzip.compress(JSONL[:400]) + gzip.compress(JSONL[400:])),
        ("table.csv", table(ROWS)),
        ("lines.csv", BROKEN_LINES),
        ("packed.csv.gz", gzip.compress(BROKEN_LINES)),
    ],
)
def test_every_row_is_answered_as_the_service_does(
    house: House, operation: Operation[Any, Any, Any, Any], name: str, body: bytes
) -> None:
    house.put(f"sentiment/{name}", body)
    job, progress = house.run(f"sentiment/{name}")
    answers = house.answers(job)
    assert [str(one["id"]) for one in answers] == [str(row["id"]) for row in ROWS]
    assert all(one["more"] == "é" and "text" not in one for one in answers)
    if "lines" not in name and "packed.csv" not in name:
        alone = [operation(operation.request(inputs=row["text"])).response.model_dump(mode="json") for row in ROWS]
        assert [one["output"] for one in answers] == json.loads(json.dumps(alone))
    assert (progress.state, progress.rows, progress.failed) == ("succeeded", 40, 0)
    assert progress.parts > 1
    assert not [key for key in house.files(job.results) if key.startswith("_parts/")]


@pytest.mark.parametrize(
    ("name", "body"), [("empty.jsonl", b""), ("empty.csv", b""), ("header.csv", b"id,text\n"), ("blank.jsonl", b"\n\n")]
)
def test_a_file_without_rows_is_a_job_without_answers(house: House, name: str, body: bytes) -> None:
    house.put(f"sentiment/{name}", body)
    job, progress = house.run(f"sentiment/{name}")
    assert (progress.state, progress.rows) == ("succeeded", 0)
    assert {"_SUCCESS", "_manifest.json", "_failures.jsonl"} <= set(house.files(job.results))


def test_broken_rows_are_told_of_with_their_lines(house: House) -> None:
    rows = [b'{"text": "a"}', b"{", b"", b'{"words": 1}', b'{"text": 7}', b'{"id": "x", "text": "fine"}']
    house.put("sentiment/rows.jsonl", b"\n".join(rows))
    job, _ = house.run("sentiment/rows.jsonl")
    assert [one["id"] for one in house.answers(job)] == [0, "x"]
    failures = house.failures(job)
    assert [one["line"] for one in failures] == [2, 4, 5]
    assert failures[0]["row"] == "{"
    assert failures[1] == {"line": 4, "error": "the column 'text' is missing", "row": {"words": 1}}
    assert failures[2]["row"] == {"text": 7}


def test_a_line_of_megabytes_fails_alone(house: House) -> None:
    house.put("sentiment/rows.jsonl", b'{"text": "' + b"long " * 1_000_000 + b'"}\n' + JSONL)
    job, progress = house.run("sentiment/rows.jsonl")
    assert (progress.rows, progress.failed) == (40, 1)
    assert house.failures(job)[0]["error"] == "inputs: 5000000 characters; at most 100000 are taken"


@pytest.mark.usefixtures("small_parts")
def test_who_runs_out_of_time_leaves_the_rest_to_others(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "AT_ONCE", 2)
    monkeypatch.setattr(work, "FIRST", 2)
    house.seconds = lambda: 0.0
    broken = JSONL.replace(b'{"id": 7,', b'{"id" 7,')
    house.put("sentiment/rows.jsonl", broken)
    job, progress = house.run("sentiment/rows.jsonl")
    assert [one["id"] for one in house.answers(job)] == [row["id"] for row in ROWS if row["id"] != 7]
    assert [one["line"] for one in house.failures(job)] == [8]
    assert progress.parts >= 20
    assert [done.name for done in house.ledger.parts(job.id)][:3] == ["00000", "00000-1", "00000-2"]


@pytest.mark.usefixtures("small_parts")
def test_whatever_comes_twice_changes_nothing(house: House) -> None:
    house.put("sentiment/rows.jsonl", JSONL)
    name = house.splitter.split(house.inputs, "sentiment/rows.jsonl", None)
    parts = list(house.parts())
    for part in [*parts, *parts[::-1]]:
        house.worker(part, house.seconds)
    job, progress = house.ledger.job(name), house.ledger.progress(name)
    before = house.files(job.results)
    assert house.splitter.split(house.inputs, "sentiment/rows.jsonl", None) == name
    assert not list(house.parts())
    assert house.files(job.results) == before
    assert (progress.rows, progress.parts) == (40, len(parts))
    assert house.ledger.progress(name) == progress


@pytest.mark.usefixtures("small_parts")
def test_a_crash_between_any_two_steps_is_made_good(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call of a service fails once, then works: what the message's return has to cope with."""
    house.put("sentiment/rows.jsonl", JSONL)
    name = house.splitter.split(house.inputs, "sentiment/rows.jsonl", None)
    crashes = 0
    for part in list(house.parts()):
        for step in ("put_once", "count", "progress"):
            owner = Ledger if hasattr(Ledger, step) else type(house.worker._bucket)
            real = getattr(owner, step)

            def then_crash(*args: Any, real: Any = real) -> Any:
                real(*args)
                raise RuntimeError("the environment ends")

            with monkeypatch.context() as patched, suppress(RuntimeError):
                patched.setattr(owner, step, then_crash)
                house.worker(part, house.seconds)
                continue  # the step was not taken this time
            crashes += 1
        house.worker(part, house.seconds)
    job, progress = house.ledger.job(name), house.ledger.progress(name)
    assert crashes > 10
    assert [one["id"] for one in house.answers(job)] == [row["id"] for row in ROWS]
    assert (progress.state, progress.rows) == ("succeeded", 40)


@pytest.mark.usefixtures("small_parts")
def test_a_file_that_is_replaced_meanwhile_ends_its_job(house: House) -> None:
    house.put("sentiment/rows.jsonl", JSONL)
    name = house.splitter.split(house.inputs, "sentiment/rows.jsonl", None)
    parts = list(house.parts())
    house.put("sentiment/rows.jsonl", JSONL[: len(JSONL) // 2])
    house.worker(parts[0], house.seconds)
    progress = house.ledger.progress(name)
    assert progress.state == "failed"
    assert "was replaced or removed" in progress.error


def test_a_new_file_under_an_old_key_has_results_of_its_own(house: House) -> None:
    house.put("sentiment/rows.jsonl", JSONL)
    first, _ = house.run("sentiment/rows.jsonl")
    house.put("sentiment/rows.jsonl", JSONL.splitlines(keepends=True)[0])
    second, progress = house.run("sentiment/rows.jsonl")
    assert (first.results, second.results) == ("sentiment/rows.jsonl/", f"sentiment/rows.jsonl@{second.id}/")
    assert progress.rows == 1
    assert len(house.answers(first)) == 40


def test_a_cut_within_a_row_is_noticed(house: House) -> None:
    fake = "\n".join(f"{number},looks like a row,x" for number in range(200_000))  # 5 MB within one pair of quotes
    house.put("sentiment/rows.csv", table([{"id": 1, "text": fake, "more": ""}, *ROWS]))
    job, progress = house.run("sentiment/rows.csv")
    assert progress.state == "failed"
    assert "within a row that begins at" in progress.error
    assert "_SUCCESS" not in house.files(job.results)
    house.put("sentiment/rows.csv", table([{"id": 1, "text": fake, "more": ""}, *ROWS]), scan="true")
    job, progress = house.run("sentiment/rows.csv")
    assert (progress.state, progress.rows, progress.failed) == ("succeeded", 40, 1)


@pytest.mark.parametrize(
    ("key", "body", "reason"),
    [
        ("sentiment/rows.jsonl", "\ufeffa".encode("utf-16"), "is UTF-16"),
        (
            "sentiment/rows.csv",
            ("id,text\n" + "1,caf\xe9\n" * 9).encode("latin-1"),
            "not UTF-8 but perhaps Windows-1252",
        ),
        ("sentiment/rows.parquet", b"PAR1....", "is Parquet, which `modelet batch submit` converts"),
        ("sentiment/rows.jsonl.gz", gzip.compress(JSONL)[:-20], "ends too soon"),
        ("sentiment/rows.csv", b"a,text,a\n1,2,3\n", "names column 'a' twice"),
        ("sentiment/rows.txt", b"hello", r"does not end with \.jsonl"),
        ("nothing/rows.jsonl", JSONL, "no folder named for a service"),
        ("../sentiment/rows.jsonl", JSONL, "no folder named for a service"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_name(house: House, key: str, body: bytes, reason: str) -> None:
    house.put(key, body)
    with pytest.raises(RefusedError, match=reason):
        house.splitter.split(house.inputs, key, None)
    assert not list(house.parts())
    assert json.loads(house.files(f"{key}/")["_error.json"])["error"]


def test_parameters_reach_every_request(house: House) -> None:
    house.put("sentiment/rows.jsonl", JSONL, parameters='{"top_k": 1}')
    job, _ = house.run("sentiment/rows.jsonl")
    assert all(len(one["output"][0]) == 1 for one in house.answers(job))


def test_a_client_submits_once_and_reads_the_answers(house: House, tmp_path: Path) -> None:
    file, cloud = tmp_path / "rows.jsonl", Cloud("modelet")
    file.write_bytes(JSONL)
    house.put("sentiment/rows.jsonl", JSONL)
    job, _ = house.run("sentiment/rows.jsonl")
    with pytest.raises(LocalError, match="no job of it began"):
        _submit(cloud, file, patience=0)  # another object: it has the file's sha256
    job, _ = house.run("sentiment/rows.jsonl")
    again = _submit(cloud, file)
    assert (again.job.id, again.anew) == (job.id, False)
    assert b"".join(cloud.answers(again.job)).count(b"\n") == 40
    assert not b"".join(cloud.failures(again.job))


def _submit(cloud: Cloud, file: Path, patience: float = 5) -> Any:
    from modelet.manifest import Manifest

    digest = Manifest.model_validate_json(Path("functions/sentiment/model/manifest.json").read_bytes()).digest
    return cloud.submit("sentiment", file, digest, {}, scan=False, patience=patience)


def test_dead_parts_are_brought_back(house: House) -> None:
    house.put("sentiment/rows.jsonl", JSONL)
    name = house.splitter.split(house.inputs, "sentiment/rows.jsonl", None)
    [part] = house.parts()
    dead = house.services.references["SentimentDeadLetterQueue"]
    other = part.model_copy(update={"job": "another"})
    for body in (part.message, other.message, '{"inputs": "a"}'):
        house.sqs.send_message(QueueUrl=dead, MessageBody=body)
    cloud = Cloud("modelet")
    assert cloud.redrive(cloud.job(name)) == 1
    for again in house.parts():
        house.worker(again, house.seconds)
    assert cloud.progress(name).state == "succeeded"


def test_a_part_is_done_once_written(house: House) -> None:
    done = Done(name="00000", start=0, end=5, lines=1, rows=1, failed=0, seconds=1.5, bundle="b")
    house.put("sentiment/rows.jsonl", JSONL)
    name = house.splitter.split(house.inputs, "sentiment/rows.jsonl", None)
    assert house.ledger.count(name, done)
    assert not house.ledger.count(name, done)
    assert house.ledger.progress(name).done == 5


def test_a_failed_row_that_is_very_long_or_deep_is_told_of_in_short(house: House) -> None:
    deep = b'{"words": ' + b"[" * 150 + b"]" * 150 + b"}"
    long = b'{"words": "' + b"\\u0001" * 2_000_000 + b'"}'
    house.put("sentiment/rows.jsonl", b"\n".join([long, deep, b'{"text": "a", "more": 1e400}']))
    job, progress = house.run("sentiment/rows.jsonl")
    failures = house.failures(job)
    assert (progress.state, [one["line"] for one in failures]) == ("succeeded", [1, 2])
    assert len(failures[0]["row"]) <= 1_000
    assert house.answers(job)[0]["more"] is None


def test_a_stream_holds_no_more_than_is_read() -> None:
    from functions.splitter.inflating import Stream

    taken: list[int] = []

    def chunks() -> Iterator[bytes]:
        for number in range(10):
            taken.append(number)
            yield b"x" * 100

    stream = Stream(chunks())
    assert [len(stream.read(40)) for _ in range(3)] == [40, 40, 40]
    assert len(taken) == 2
    assert len(stream.read()) == 880


@pytest.mark.usefixtures("small_parts")
def test_a_held_file_waits_until_its_parts_are_asked_for(house: House) -> None:
    house.put("sentiment/held.jsonl", JSONL, hold="true")
    with pytest.raises(HeldError):
        house.splitter.split(house.inputs, "sentiment/held.jsonl", None)
    found = house.splitter.list_parts(house.inputs, "sentiment/held.jsonl", None)
    listed = json.loads(house.s3.get_object(Bucket=found["bucket"], Key=found["key"])["Body"].read())
    assert list(house.parts()) == [], "parts were sent as well"
    for part in listed:
        assert house.worker(Part.model_validate(part), house.seconds) is None
    assert len(listed) > 1
    assert house.ledger.progress(found["job"]).state == "succeeded"
    again = house.splitter.list_parts(house.inputs, "sentiment/held.jsonl", None)
    assert again == {**found, "state": "succeeded"}
    assert house.splitter.look(found["job"]) == {"job": found["job"], "state": "succeeded", "error": ""}
    assert found["key"] not in house.files("")


def test_answers_become_parquet_whatever_columns_their_rows_have(tmp_path: Path) -> None:
    rows = [{"id": 1, "output": [1]}, {"id": 2, "late": "x", "output": [2]}] * 3000 + [{"id": 0.5, "output": []}]
    lines = [json.dumps(row).encode() for row in rows]
    path = tmp_path / "answers.parquet"
    assert to_parquet(iter(lines), path) == len(rows)
    found = pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist()
    assert found[:2] == [{"id": 1.0, "output": "[1]", "late": None}, {"id": 2.0, "output": "[2]", "late": "x"}]
    assert found[-1] == {"id": 0.5, "output": "[]", "late": None}


def test_failures_become_parquet(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    lines = [b'{"line": 3, "error": "not JSON", "row": "{"}', b'{"line": 5, "error": "empty", "row": {"text": ""}}']
    assert to_parquet(iter(lines), tmp_path / "failures.parquet") == 2


@pytest.mark.parametrize(
    "rows",
    [[{"id": 1}, {"id": "one"}], [{"id": 1}] * 5000 + [{"id": "one"}], [{"id": 2**70}], [{"id": {}}]],
    ids=["at once", "late", "too large", "empty"],
)
def test_a_column_that_parquet_cannot_have_is_told_of_and_nothing_is_written(tmp_path: Path, rows: list[Any]) -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(LocalError, match="several types"):
        to_parquet((json.dumps(row).encode() for row in rows), tmp_path / "answers.parquet")
    assert not list(tmp_path.iterdir())


def test_parameters_that_no_metadata_can_hold_are_refused(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / "rows.jsonl").write_bytes(JSONL)
    with pytest.raises(LocalError, match="column `parameters`"):
        Cloud("modelet").submit("sentiment", file, "", {"labels": ["long"] * 500}, scan=False)


@pytest.mark.usefixtures("small_parts")
def test_a_job_that_was_listed_can_go_on_by_the_queue(house: House) -> None:
    house.put("sentiment/rows.jsonl", JSONL, hold="true")
    found = house.splitter.list_parts(house.inputs, "sentiment/rows.jsonl", None)
    house.put("sentiment/rows.jsonl", JSONL)
    job, progress = house.run("sentiment/rows.jsonl")
    assert (job.id, progress.state, progress.rows) == (found["job"], "succeeded", len(ROWS))


def test_a_part_with_very_long_answers_has_several_files_here(
    bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / "rows.jsonl").write_bytes(JSONL)
    folder = Folder(out := tmp_path / "out")
    out.mkdir()
    source = Source(bucket="", key=str(file), etag="", size=len(JSONL))
    job = Job(id="1", task="sentiment", bundle="", source=source, format="jsonl", part_bytes=1, results="", created="")
    part = Part(job="1", name="00000", start=0, end=len(JSONL))
    monkeypatch.setattr(work, "LARGEST", 1000)
    assert local._work(job, folder, part) == len(JSONL)
    done = FolderLedger(folder).parts("1")
    assert len(done) > 1
    assert sum(one.rows for one in done) == len(ROWS)
    assert local._covers({one.start: one.end for one in done}, part)
    assert not local._covers({one.start: one.end for one in done[:-1]}, part)
    assert local._work(job, folder, part) == 0


def test_a_splitter_that_dies_before_it_ends_a_job_ends_it_the_next_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.put("sentiment/none.csv", b"id,text\n")
    with monkeypatch.context() as dying:
        dying.setattr("functions.splitter.splitting.finish", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            house.splitter.split(house.inputs, "sentiment/none.csv", None)
    job, progress = house.run("sentiment/none.csv")
    assert progress.state == "succeeded"
    assert "_SUCCESS" in house.files(job.results)
