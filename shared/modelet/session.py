"""The one onnxruntime session of a bundle."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from modelet.errors import BundleError

__all__ = ["Session"]

# Inputs that a ready-made graph may ask for beside input_ids; for one unpadded sequence they are constant.
_CONSTANT_INPUTS: dict[str, Callable[[NDArray[np.int64]], NDArray[np.int64]]] = {
    "attention_mask": np.ones_like,
    "token_type_ids": np.zeros_like,
}
# Two outputs that a ready-made graph for question answering gives instead of one with two columns.
_SPAN_OUTPUTS = ["start_logits", "end_logits"]


class Session:
    """Runs one unpadded sequence at a time; `run` releases the GIL and may be called from several threads.

    One intra-op thread: parallelism is across sequences, so an answer cannot depend on its neighbours.
    The rewriting of SkipLayerNormalization is off in any case, since its CPU kernel is six times slower.
    """

    def __init__(self, model: Path, *, optimize: bool) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Planning what memory tensors may share takes a fifth of the load or more; the arena reuses it without a plan.
        options.enable_mem_reuse = False
        level = ort.GraphOptimizationLevel
        options.graph_optimization_level = level.ORT_ENABLE_ALL if optimize else level.ORT_DISABLE_ALL
        try:
            self._session = ort.InferenceSession(
                str(model), options, ["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
            )
        except Exception as error:  # onnxruntime's own errors share no base class
            raise BundleError(f"{model} cannot be loaded by onnxruntime {ort.__version__}: {error}") from error
        outputs = [output.name for output in self._session.get_outputs()]
        self._outputs = _SPAN_OUTPUTS if set(_SPAN_OUTPUTS) <= set(outputs) else outputs[:1]
        self._constants = _constant_inputs(model, [i.name for i in self._session.get_inputs()])

    def run(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Token ids [tokens] to the first output, or to those of spans as columns, without the batch axis."""
        batch = ids[np.newaxis]
        feed = {"input_ids": batch} | {name: make(batch) for name, make in self._constants.items()}
        outputs: list[NDArray[np.float32]] = [output[0] for output in self._session.run(self._outputs, feed)]
        return outputs[0] if len(outputs) == 1 else np.stack(outputs, axis=-1)


def _constant_inputs(model: Path, names: list[str]) -> dict[str, Callable[[NDArray[np.int64]], NDArray[np.int64]]]:
    unknown = set(names) - {"input_ids", *_CONSTANT_INPUTS}
    if unknown:
        raise BundleError(f"{model} asks for inputs that are not known here: {', '.join(sorted(unknown))}")
    return {name: _CONSTANT_INPUTS[name] for name in names if name in _CONSTANT_INPUTS}
