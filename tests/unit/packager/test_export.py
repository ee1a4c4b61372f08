"""Exporting without torch: what the error tells."""

import sys
from pathlib import Path

import pytest

from workbench.packager.export import export
from workbench.packager.spec import PackagerError


@pytest.mark.parametrize("library", ["torch", "transformers"])
def test_without_the_extra_the_error_names_it(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", sys)  # stands for any module that imports
    monkeypatch.setitem(sys.modules, "transformers", sys)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(PackagerError, match=rf"needs {library}: pip install -e '\.\[export\]'"):
        export(Path("model.safetensors"), Path("config.json"), "embedding")
