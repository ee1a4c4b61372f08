"""Weights, zipped and unpacked, and what fits."""

import zipfile
from pathlib import Path

import pytest

from workbench.build.size import AWS, BUDGETS, MIB, TOGETHER, Weight, packages, weigh
from workbench.local.template import read_template

ROOT = Path(__file__).parents[3]


def layer(folder: Path) -> Path:
    for name, size in {"numpy/a.py": 100, "numpy.libs/blas.so": 5000, "onnxruntime/b.py": 3000}.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(b"x" * size)
    return folder


def test_a_folder_weighs_what_its_zip_file_does(tmp_path: Path) -> None:
    folder = layer(tmp_path / "layer")
    with zipfile.ZipFile(tmp_path / "layer.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(path, path.relative_to(folder))
    assert weigh(folder) == Weight((tmp_path / "layer.zip").stat().st_size, 8100)


def test_packages_are_listed_with_their_libraries_the_biggest_first(tmp_path: Path) -> None:
    assert list(packages(layer(tmp_path)).items()) == [("numpy", 5100), ("onnxruntime", 3000)]


@pytest.mark.parametrize(
    ("zipped", "unpacked", "fits"), [(50, 250, True), (50.1, 1, False), (1, 250.1, False), (0, 0, True)]
)
def test_both_must_fit(zipped: float, unpacked: float, fits: bool) -> None:
    assert Weight(zipped * MIB, unpacked * MIB).fits(AWS) is fits


def test_budgets_are_within_lambdas_limits_and_name_what_is_in_the_template() -> None:
    assert all(budget.fits(AWS) for budget in BUDGETS.values())
    assert TOGETHER.unpacked < AWS.unpacked
    functions = {function.logical_id for function in read_template(ROOT / "template.yaml").functions}
    assert set(BUDGETS) <= functions | {"RuntimeLayer"}
