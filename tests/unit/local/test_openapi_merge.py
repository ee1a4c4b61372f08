import json
import sys
from pathlib import Path

import pytest

from workbench.local.errors import LocalError
from workbench.local.openapi import check, merge, write
from workbench.local.template import read_template

_PROBLEM = {"type": "object"}


def _document(path: str, schema: object = _PROBLEM) -> dict[str, object]:
    return {"paths": {path: {"post": {}}}, "components": {"schemas": {"Problem": schema}}}


def test_paths_and_shared_schemas_join() -> None:
    merged = merge([_document("/a"), _document("/b"), {}], "1.2.3")
    assert list(merged["paths"]) == ["/a", "/b"]
    assert merged["components"] == {"schemas": {"Problem": _PROBLEM}}
    assert merged["info"]["version"] == "1.2.3"


def test_one_name_for_two_schemas_is_refused() -> None:
    with pytest.raises(LocalError, match=r"components\.schemas 'Problem' is defined in two ways"):
        merge([_document("/a"), _document("/b", {"type": "string"})], "1")


def test_the_committed_document_is_compared(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "from fastapi import FastAPI\napp = FastAPI()\n@app.post('/v1/echo')\nasync def echo() -> str: return ''\n"
    (project / "echo_service" / "api.py").write_text(source)
    monkeypatch.syspath_prepend(project)
    monkeypatch.delitem(sys.modules, "echo_service", raising=False)
    monkeypatch.delitem(sys.modules, "echo_service.api", raising=False)
    template = read_template(project / "template.yaml")
    with pytest.raises(LocalError, match="out of date"):
        check(template, "1")
    assert list(json.loads(write(template, "1").read_text())["paths"]) == ["/v1/echo"]
    check(template, "1")
