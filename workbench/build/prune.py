"""What wheels hold and a function never runs; tests/e2e/test_built.py imports every handler without it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

__all__ = ["PRUNED", "prune"]

# Glob, and why it can go.
PRUNED = {
    "bin": "console scripts",
    "**/tests": "test suites",
    "**/conftest.py": "test suites",
    "**/.*": "notes for other tools",
    "**/*.pyi": "types, for type checkers",
    "**/py.typed": "types, for type checkers",
    "**/*.a": "for linking",
    "**/*.[hc]": "for compiling",
    "**/*.px[di]": "for compiling",
    "**/*.pyx": "for compiling",
    "*.dist-info/INSTALLER": "installers' notes; importlib.metadata needs METADATA and entry_points.txt",
    "*.dist-info/RECORD": "installers' notes",
    "*.dist-info/REQUESTED": "installers' notes",
    "*.dist-info/WHEEL": "installers' notes",
    "*.dist-info/top_level.txt": "installers' notes",
    "*.dist-info/sboms": "lists of what was compiled in",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui": "FastAPI describes our routes",
    "numpy/_core/_simd.*.so": "tests of numpy's SIMD loops",
    "numpy/_core/_*_tests.*.so": "tests in C",
    "numpy/f2py": "compiles Fortran",
    "numpy/random/_examples": "how to call it from C",
    "numpy/testing": "test helpers",
    "numpy/_core/lib": "for linking",
    "onnxruntime/capi/libonnxruntime.so.*": "the C API for other languages; Python's module has the engine linked in",
    "onnxruntime/datasets": "example models",
    "onnxruntime/quantization": "quantizes; models come quantized",
    "onnxruntime/tools": "converts models",
    "onnxruntime/transformers": "optimizes models",
    "phonenumbers/carrierdata": "names of carriers",
    "phonenumbers/geodata": "names of places",
    "phonenumbers/tzdata": "time zones",
    "pydantic/mypy.py": "a plugin of mypy",
    "pydantic/v1": "pydantic 1",
}


def prune(folder: Path) -> None:
    """Remove what never runs from a folder of unpacked wheels, and folders that are left empty."""
    for path in _matches(folder):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # gone with a folder that matched before
    for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


def _matches(folder: Path) -> Iterator[Path]:
    for pattern in PRUNED:
        yield from sorted(folder.glob(pattern))
