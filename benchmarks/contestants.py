"""Who starts cold: embed as it ships, and the same service on what most would write it with."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from benchmarks.environment import ROOT, peers_python, shipped_python
from workbench.emulator.environment import ExecutionEnvironment
from workbench.local.template import Function, read_template
from workbench.packager.fetch import fetch
from workbench.packager.spec import ModelSpec

__all__ = ["OURS", "PEERS", "REFERENCE", "Contestant", "contestants"]

OURS, REFERENCE = "modelet embed", "sentence-transformers"
PEERS = {"transformers pipeline": "transformers_pipeline", REFERENCE: "sentence_transformer"}  # of cold_handlers/
_HANDLER = "benchmarks.cold_handlers.{}.handler"
TIMEOUT_S = 120  # of a call with its INIT
# The best that a peer can be given: nothing is asked of a hub, and no process warns of forks.
QUIET = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}

# The files beside weights, config and tokenizer, as the model's repository has them; sentence-transformers reads them.
_LAYOUT = {
    "modules.json": [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ],
    "1_Pooling/config.json": {"word_embedding_dimension": 384, "pooling_mode_mean_tokens": True},
    "sentence_bert_config.json": {"max_seq_length": 256, "do_lower_case": False},
    "tokenizer_config.json": {"model_max_length": 256, "pad_token": "[PAD]", "tokenizer_class": "BertTokenizer"},
}


@dataclass(frozen=True)
class Contestant:
    """A service that can be started: its function, and what runs it."""

    function: Function
    python: str
    variables: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> ExecutionEnvironment:
        """A fresh execution environment."""
        return ExecutionEnvironment(self.function, ROOT, variables=self.variables, python=self.python)


@contextmanager
def contestants() -> Iterator[Mapping[str, Contestant]]:
    """All by name, ours first. Raises LocalError or PackagerError where something is missing."""
    embed = replace(read_template(ROOT / "template.yaml").function("EmbedFunction"), timeout=TIMEOUT_S)
    ours, python = str(shipped_python()), str(peers_python("coldstart"))
    with TemporaryDirectory() as scratch:
        variables = {"MODEL_FOLDER": str(_model_folder(Path(scratch))), **QUIET}
        theirs = {
            name: Contestant(replace(embed, handler=_HANDLER.format(module), environment={}), python, variables)
            for name, module in PEERS.items()
        }
        yield {OURS: Contestant(embed, ours), **theirs}


def _model_folder(folder: Path) -> Path:
    """The weights that embed is packaged from, laid out as transformers and sentence-transformers read them."""
    source = ModelSpec.load(ROOT / "functions" / "embed").source
    for role, path in fetch(source).items():
        copyfile(path, folder / source.files[role].path)
    for name, content in _LAYOUT.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return folder
