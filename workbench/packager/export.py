"""Any other architecture, through torch: a transformers checkpoint to a single-precision ONNX model.

Needs the extra `export`, imported only when used: nothing else here takes seconds and gigabytes.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import onnx
from safetensors import safe_open

from workbench.packager.spec import PackagerError

__all__ = ["HEADS", "export"]


OPSET = 20  # the last before RotaryEmbedding, whose torch translation onnxruntime refuses for batches


class _Head(NamedTuple):
    """Which of transformers' classes to load, how its output becomes those of the graph, and what may be missing."""

    auto_class: str
    outputs: Mapping[str, Callable[[Any], Any]]
    unused: tuple[str, ...] = ()


def _mean_pooled(output: Any) -> Any:
    mean = output.last_hidden_state.mean(dim=1)
    return mean / mean.norm(dim=-1, keepdim=True)


def _logits(output: Any) -> Any:
    return output.logits


HEADS: Mapping[str, _Head] = {
    "embedding": _Head("AutoModel", {"embedding": _mean_pooled}, unused=("pooler.",)),
    "sequence": _Head("AutoModelForSequenceClassification", {"logits": _logits}),
    "token": _Head("AutoModelForTokenClassification", {"logits": _logits}),
    "span": _Head(
        "AutoModelForQuestionAnswering",
        {"start_logits": lambda output: output.start_logits, "end_logits": lambda output: output.end_logits},
    ),
}


def export(weights: Path, config: Path, head: str, separator: int | None = None) -> onnx.ModelProto:
    """The model for `head` (a key of `HEADS`), from a safetensors file and a config.json.

    Its one input is `input_ids` int64 [batch, sequence]; the outputs are those of our own graph builders. `separator`,
    for pairs of texts, is the id of the token between them. Raises PackagerError where the extra is not installed or
    the checkpoint has not all of the model's weights.
    """
    torch, transformers = _import("torch"), _import("transformers")
    if head not in HEADS:
        raise PackagerError(f"head {head!r} is none of {', '.join(HEADS)}")
    with torch.device("meta"):
        settings = transformers.AutoConfig.for_model(**json.loads(config.read_text(encoding="utf-8")))
        architecture = type(getattr(transformers, HEADS[head].auto_class).from_config(settings))
    model = _load(architecture, settings, weights, HEADS[head].unused)
    if separator is not None and getattr(settings, "type_vocab_size", 1) > 1:
        model.register_forward_pre_hook(partial(_add_token_types, separator), with_kwargs=True)
    outputs = HEADS[head].outputs
    model.register_forward_hook(lambda module, inputs, output: tuple(read(output) for read in outputs.values()))
    axes = {"batch": torch.export.Dim.DYNAMIC, "sequence": torch.export.Dim.DYNAMIC}
    program = torch.onnx.export(
        model,
        (),
        kwargs={"input_ids": torch.full((2, 8), 5)},  # any ids: sizes of 0 and 1 would become constants
        dynamic_shapes={"input_ids": dict(enumerate(axes.values()))},
        input_names=["input_ids"],
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    _name_outputs(program.model.graph, outputs)
    exported: onnx.ModelProto = program.model_proto
    return exported


def _add_token_types(separator: int, module: Any, args: Any, named: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """0 up to the first separator, 1 after it."""
    separators = (named["input_ids"] == separator).long()
    return args, named | {"token_type_ids": (separators.cumsum(1) - separators).clamp(max=1)}


def _name_outputs(graph: Any, names: Iterable[str]) -> None:
    """Free all names first: torch may have given one of `names` to a value inside."""
    for index, value in enumerate(value for node in graph for value in node.outputs):
        value.name = f"value_{index}"
    for value, name in zip(graph.outputs, names, strict=True):
        value.name = name


def _import(library: str) -> Any:
    try:
        return import_module(library)
    except ImportError as error:
        raise PackagerError(
            f"exporting an architecture without a graph builder needs {library}: pip install -e '.[export]'"
        ) from error


def _load(architecture: Any, settings: Any, weights: Path, unused: tuple[str, ...]) -> Any:
    with safe_open(weights, framework="pt") as tensors:
        state = {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118
    model, report = architecture.from_pretrained(None, config=settings, state_dict=state, output_loading_info=True)
    if missing := sorted(name for name in report["missing_keys"] if not name.startswith(unused)):
        raise PackagerError(f"{weights} lacks {', '.join(missing)} of {architecture.__name__}")
    return model.eval()
