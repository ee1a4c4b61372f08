"""Answers on Apache Spark: those of the runtime to the byte, each once whatever is killed, here and in executors."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from modelet.batch.framing import Row
from modelet.batch.rows import answer_rows
from workbench.batch.operations import open_rows
from workbench.spark import SparkError, frames, predict
from workbench.spark.errors import told
from workbench.spark.job import Job, run
from workbench.spark.pack import write_archive
from workbench.spark.progress import followed
from workbench.spark.session import open_session

pyspark = pytest.importorskip("pyspark", reason="needs modelet[spark]")
pytest.importorskip("pandas", reason="needs modelet[spark]")
pytest.importorskip("pyarrow", reason="needs modelet[spark]")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)

ROOT = Path(__file__).parents[2]
TEXTS = (ROOT / "tests" / "data" / "clean_sentences.txt").read_text(encoding="utf-8").splitlines()
ODD = ["", "x" * 100_001, None, "\u2028 naïve \U0001f600", '"quoted"\\ ,"output":1}']
COPIES = 30


@pytest.fixture(scope="module")
def spark(bundles: Path) -> Iterator[Any]:
    """Two cores, and four attempts of each task as on a cluster."""
    assert bundles == ROOT
    with open_session("local[2,4]") as session:
        yield session


def answered(
    function: str, rows: list[dict[str, Any]], parameters: dict[str, Any]
) -> dict[Any, tuple[str | None, str]]:
    """What the runtime alone answers: the bytes behind `"output":` or the error, by id."""
    numbered = [Row(number, number, number, values) for number, values in enumerate(rows)]
    answers = answer_rows(open_rows(function), numbered, parameters)
    lines = [line.decode() for line in answers.lines]
    found: dict[Any, Any] = {json.loads(line)["id"]: (_output(line), None) for line in lines}
    return found | {rows[one.line]["id"]: (None, one.error) for one in answers.failures}


def _output(line: str) -> str:
    return line.removesuffix("}\n").partition(',"output":')[2]


def collected(answers: Any) -> dict[Any, tuple[str | None, str | None]]:
    with told():
        return {row["id"]: (row["output"], row["error"]) for row in answers.collect()}


@pytest.mark.parametrize(("function", "parameters"), [("sentiment", {"top_k": 1}), ("embed", {})])
def test_answers_are_the_runtimes_to_the_byte(spark: Any, function: str, parameters: dict[str, Any]) -> None:
    """Both functions in turn in the same Python processes."""
    texts = [*TEXTS[:60], *ODD]
    rows = [{"id": f"r{number}"} | ({} if text is None else {"text": text}) for number, text in enumerate(texts)]
    frame = spark.createDataFrame([(row["id"], row.get("text")) for row in rows], "id string, text string")
    found = collected(predict(frame.repartition(3), function, parameters))
    assert found == answered(function, rows, parameters)
    assert sum(error is not None for _, error in found.values()) == 3


def test_more_than_one_column_and_parameters_of_a_row(spark: Any) -> None:
    """A null in a table is a column that the row does not have, also within a structure."""
    schema = "id int, question string, context string, parameters struct<top_k int, max_answer_len int>, inputs string"
    rows = [(1, "Who wrote it?", "Ada wrote it.", (2, None), None), (2, "Who?", "Ada wrote it.", None, None)]
    frame = spark.createDataFrame(rows, schema).drop("inputs")
    answers = predict(frame, "qa")
    assert answers.columns == ["id", "output", "error"]
    expected = [
        {"id": 1, "question": "Who wrote it?", "context": "Ada wrote it.", "parameters": {"top_k": 2}},
        {"id": 2, "question": "Who?", "context": "Ada wrote it."},
    ]
    assert collected(answers) == answered("qa", expected, {})


def test_other_columns_pass_through_and_rows_get_ids(spark: Any) -> None:
    schema = "text string, at timestamp, tags array<string>, price decimal(9,2), more map<string,int>, raw binary"
    rows = [
        (text, datetime(2026, 1, 2, 3, 4, number), [text[:1], None], None, {"n": number}, bytes([number]))
        for number, text in enumerate(TEXTS[:20])
    ]
    frame = spark.createDataFrame(rows, schema).repartition(3).cache()
    answers = predict(frame, "language")
    assert answers.columns == ["id", "at", "tags", "price", "more", "raw", "output", "error"]
    assert answers.drop("id", "output", "error").schema == frame.drop("text").schema
    first, second = ([row.asDict() for row in answers.collect()] for _ in range(2))
    assert first == second
    assert len({row["id"] for row in first}) == len(rows)
    others = sorted((row["at"], row["tags"], row["price"], row["more"], bytes(row["raw"])) for row in first)
    assert others == sorted(row[1:] for row in rows)


def test_what_cannot_be_answered_is_refused_before_anything_runs(spark: Any) -> None:
    frame = spark.createDataFrame([("a", "b")], ["words", "Output"])
    with pytest.raises(SparkError, match="no column 'text'; language reads text"):
        predict(frame, "language")
    with pytest.raises(SparkError, match="'Output' is where answers go"):
        predict(frame.withColumnRenamed("words", "text"), "language")
    with pytest.raises(SparkError, match="no function 'poetry'"):
        predict(frame, "poetry")


def test_a_swapped_archive_is_refused(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = replace(write_archive("language", tmp_path), sha256="0" * 64)
    monkeypatch.setattr(frames, "find_archive", lambda _: archive)
    answers = predict(spark.createDataFrame([("a",)], ["text"]), "language")
    with pytest.raises(
        SparkError, match=r"modelet-language-\w+\.zip is damaged or swapped: its sha256 is \w+, not 0000"
    ):
        collected(answers)


def killing(answering: Callable[..., Any]) -> Callable[..., Any]:
    """`answering` whose Python process is killed once: in the first attempt of a task, its second group answered."""

    def killed(*arguments: Any) -> Any:
        answer = answering(*arguments)

        def answer_and_die(batches: Any) -> Any:
            import os
            import signal

            from pyspark import TaskContext

            context = TaskContext.get()
            assert context is not None
            for number, batch in enumerate(answer(batches)):
                yield batch
                if (context.partitionId(), context.attemptNumber(), number) == (1, 0, 1):
                    os.kill(os.getpid(), signal.SIGKILL)

        return answer_and_die

    return killed


def test_a_task_that_is_killed_is_done_again_and_no_row_is_there_twice(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.parquet"
    rows = [{"id": number, "text": text} for number, text in enumerate(TEXTS * COPIES)]
    source.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    monkeypatch.setattr(frames, "answering", killing(frames.answering))
    job = Job("language", str(source), str(target), {})
    outcome, again = followed(spark, "answering", lambda: run(spark, job))
    assert (outcome.rows, outcome.failed, again) == (len(rows), 0, 1)
    written = spark.read.parquet(str(target))
    assert written.count() == len(rows)
    assert collected(written) == answered("language", rows, {})


CSV = 'id,text,stars\n1,What a lovely day.,5\n2,"Horrid, ""really""\nawful",1\n3,short\n4,fine,1,2\n'


def modelet(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT / "shared", ROOT)))}
    command = [sys.executable, "-m", "workbench.cli", "batch", "spark", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("bundles")
def test_the_command(tmp_path: Path) -> None:
    """CSV as RFC 4180 has it; a row that is none is a failure, and the output is JSON within a line of JSON."""
    (tmp_path / "in.csv").write_text(CSV)
    done = modelet("language", "in.csv", "out.jsonl", "--parameters", '{"top_k": 1}', folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"rows +2 answered, 2 failed.*rate +[\d,]+ rows/s.*results +out\.jsonl", done.stdout, re.DOTALL)
    lines = "".join(path.read_text() for path in (tmp_path / "out.jsonl").glob("part-*")).splitlines()
    first, second, third, fourth = sorted(map(json.loads, lines), key=lambda line: str(line["id"]))
    assert first.keys() == second.keys() == {"id", "stars", "output"}
    texts = [{"id": 1, "text": "What a lovely day."}, {"id": 2, "text": 'Horrid, "really"\nawful'}]
    expected = answered("language", texts, {"top_k": 1})
    assert [json.loads(expected[number][0] or "") for number in (1, 2)] == [first["output"], second["output"]]
    assert [third["_corrupt_record"], fourth["_corrupt_record"]] == ["3,short", "4,fine,1,2"]
    assert third["error"] == fourth["error"] == "no row of the file's format; its text is in _corrupt_record"
    again = modelet("language", "in.csv", "out.jsonl", folder=tmp_path)
    assert (again.returncode, again.stderr.strip()) == (1, "error: out.jsonl is there; --overwrite replaces it")


def spark_home(folder: Path) -> Path:
    """Spark as it is installed, but for its folder `work`, where executors keep what they get."""
    installed = Path(str(pyspark.__file__)).parent
    folder.mkdir()
    for path in installed.iterdir():
        (folder / path.name).symlink_to(path)
    return folder


@pytest.mark.usefixtures("bundles")
def test_a_cluster_has_all_it_needs_in_the_archive(tmp_path: Path) -> None:
    """An executor in a process of its own, which gets the archive from the driver; that has it in --py-files."""
    rows = [{"id": number, "text": text} for number, text in enumerate(TEXTS[:20])]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    printed = modelet("language", "in.jsonl", "out.parquet", "--archive", "job", folder=tmp_path)
    archive = next((tmp_path / "job").glob("*.zip")).relative_to(tmp_path)
    assert f"--py-files {archive} \\\n  job/job.py in.jsonl out.parquet" in printed.stdout, printed.stderr
    home = spark_home(tmp_path / "spark")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(home)}
    command = [str(home / "bin" / "spark-submit"), "--master", "local-cluster[1,2,1024]"]
    command += ["--conf", "spark.ui.enabled=false", "--py-files", str(archive), "job/job.py", "in.jsonl", "out.parquet"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]).items() >= {"rows": 20, "failed": 0}.items()
    assert list(home.glob("work/app-*/0/*.zip.unpacked/functions/language/model/manifest.json"))
