"""What is compared: each variant loads once, then turns sequences of token ids into embeddings on one thread."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.materials import INPUTS, Ids, Materials
from modelet.session import Session

__all__ = ["VARIANTS", "Run", "Vectors"]

Vectors = NDArray[np.float32]
Run = Callable[[Sequence[Ids]], Vectors]
Feed = Mapping[str, Ids]


def _modelet(model: Path, optimize: bool) -> Run:
    """The runtime as it ships: one unpadded sequence at a time, pooled and normalised in the graph."""
    session = Session(model, optimize=optimize)
    return lambda sequences: np.stack([session.run(ids) for ids in sequences])


def _torch(materials: Materials) -> Run:
    import torch
    from transformers import AutoModel

    torch.set_num_threads(1)
    model = AutoModel.from_pretrained(materials.folder).eval()

    def hidden(feed: Feed) -> Any:
        with torch.inference_mode():
            tensors = {name: torch.from_numpy(array) for name, array in feed.items()}
            return model(**tensors).last_hidden_state.numpy()

    return _pooled(hidden)


def _quantize_dynamic(materials: Materials) -> Run:
    """The usual recipe: torch's export, onnxruntime's transformer optimizer, `quantize_dynamic` as it comes."""
    import onnxruntime as ort
    from onnx import TensorProto
    from onnxruntime.quantization import quantize_dynamic
    from onnxruntime.transformers.optimizer import optimize_model

    fused, quantized = materials.folder / "fused.onnx", materials.folder / "dynamic.onnx"
    optimize_model(str(materials.exported), model_type="bert", num_heads=12, hidden_size=384).save_model_to_file(fused)
    # The fused operators are outside what shape inference knows, so that types must be told.
    quantize_dynamic(fused, quantized, extra_options={"DefaultTensorType": TensorProto.FLOAT})
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(quantized, options, ["CPUExecutionProvider"])
    return _pooled(lambda feed: session.run(None, dict(feed))[0])


def _openvino(materials: Materials) -> Run:
    """OpenVINO from torch, int8 by NNCF's post-training quantization for transformers, on all calibration texts."""
    import nncf
    import openvino as ov
    import torch
    from transformers import AutoModel

    example = dict.fromkeys(INPUTS, torch.ones(1, 8, dtype=torch.long))
    model = ov.convert_model(AutoModel.from_pretrained(materials.folder).eval(), example_input=example)
    texts = nncf.Dataset(materials.calibration, lambda ids: _padded([ids]))
    kind, size = nncf.ModelType.TRANSFORMER, len(materials.calibration)
    quantized = nncf.quantize(model, texts, model_type=kind, subset_size=size)
    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
    request = ov.Core().compile_model(quantized, "CPU", options).create_infer_request()
    return _pooled(lambda feed: request.infer(dict(feed))[0])


def _fastembed(materials: Materials) -> Run:
    """fastembed's own code from token ids on. Its MiniLM is a torch export in fp32; here one of the same weights."""
    from fastembed import TextEmbedding

    folder = str(materials.exported.parent)
    embedding = TextEmbedding("sentence-transformers/all-MiniLM-L6-v2", threads=1, specific_model_path=folder)
    embedding.model.tokenize = lambda documents: documents

    def run(sequences: Sequence[Ids]) -> Vectors:
        feed = _padded(sequences)
        rows = zip(feed["input_ids"], feed["attention_mask"], strict=True)
        return np.stack(list(embedding.embed([SimpleNamespace(ids=ids, attention_mask=mask) for ids, mask in rows])))

    return run


def _pooled(hidden: Callable[[Feed], Any]) -> Run:
    """Mean over each sequence's own tokens, to length 1, of a padded batch's hidden states [batch, tokens, size]."""

    def run(sequences: Sequence[Ids]) -> Vectors:
        feed = _padded(sequences)
        mask = feed["attention_mask"][..., np.newaxis].astype(np.float32)
        vectors = (hidden(feed) * mask).sum(axis=1)
        result: Vectors = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
        return result

    return run


def _padded(sequences: Sequence[Ids]) -> Feed:
    """input_ids and attention_mask, both [batch, longest]."""
    ids = np.zeros((len(sequences), max(map(len, sequences))), np.int64)
    mask = np.zeros_like(ids)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return dict(zip(INPUTS, (ids, mask), strict=True))


VARIANTS: Mapping[str, Callable[[Materials], Run]] = {
    "modelet int8": lambda materials: _modelet(materials.int8, materials.optimize),
    "modelet fp32": lambda materials: _modelet(materials.fp32, materials.optimize),
    "ORT quantize_dynamic": _quantize_dynamic,
    "OpenVINO int8 (NNCF)": _openvino,
    "fastembed fp32": _fastembed,
    "torch fp32": _torch,
}
