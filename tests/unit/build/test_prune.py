"""What never runs goes, what runs or must be there by licence stays."""

from pathlib import Path

from workbench.build.digest import files_below
from workbench.build.prune import prune

NEVER_RUNS = [
    "bin/f2py",
    "numpy/_core/include/numpy/arrayobject.h",
    "numpy/_core/tests/data/array.npy",
    "numpy/tests/test_version.py",
    "numpy/version.pyi",
    "numpy-2.5.5.dist-info/RECORD",
    "onnxruntime/capi/libonnxruntime.so.1.31.1",
    "onnxruntime/tools/make_dynamic_shape_fixed.py",
]
RUNS = [
    "numpy/_core/_multiarray_umath.cpython-313-x86_64-linux-gnu.so",
    "numpy/version.py",
    "numpy-2.5.5.dist-info/METADATA",
    "numpy-2.5.5.dist-info/entry_points.txt",
    "numpy-2.5.5.dist-info/licenses/LICENSE.txt",
    "numpy.libs/libscipy_openblas64_-4b78795a.so",
    "onnxruntime/capi/onnxruntime_pybind11_state.cpython-313-x86_64-linux-gnu.so",
]


def test_what_never_runs_goes(tmp_path: Path) -> None:
    for name in (*NEVER_RUNS, *RUNS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    prune(tmp_path)
    assert list(files_below(tmp_path)) == sorted(RUNS)
    assert not [path for path in tmp_path.rglob("*") if path.is_dir() and not any(path.iterdir())]
