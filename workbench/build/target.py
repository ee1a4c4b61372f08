"""The machine that is built for: Lambda's Python and its two architectures.

Wheels: Amazon Linux 2023, under every runtime from python3.12 on, has glibc 2.34, so manylinux up to 2_28 loads.
Sources: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html and https://peps.python.org/pep-0600/.
"""

import platform
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["HOST", "IMAGE", "PYTHON", "TARGETS", "Arch", "Target"]

PYTHON = "3.13"
IMAGE = f"public.ecr.aws/lambda/python:{PYTHON}"


class Arch(StrEnum):
    """An architecture, by Lambda's name."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


HOST = Arch.ARM64 if platform.machine().lower() in {"arm64", "aarch64"} else Arch.X86_64  # this machine's


@dataclass(frozen=True, slots=True)
class Target:
    """How others call an architecture: wheels by platform tag, ELF files by e_machine."""

    platforms: tuple[str, ...]
    elf_machine: int


TARGETS = {
    Arch.X86_64: Target(("manylinux2014_x86_64", "manylinux_2_28_x86_64"), elf_machine=62),
    Arch.ARM64: Target(("manylinux2014_aarch64", "manylinux_2_28_aarch64"), elf_machine=183),
}
