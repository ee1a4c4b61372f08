"""The runtime of a serverless inference function: what ships in the Lambda layer."""

import os

__all__: list[str] = []

# onnxruntime's wheels report their use to Microsoft unless this is set before they are imported
# (https://github.com/microsoft/onnxruntime/pull/27379).
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
