"""SAM CLI as this project runs it: from its own venv, with neither an AWS account nor telemetry."""

import os
from pathlib import Path

from workbench.local.errors import LocalError
from workbench.local.intrinsics import REGION

__all__ = ["SamError", "built_template", "sam_environment", "sam_path"]


class SamError(LocalError):
    """SAM CLI cannot do it; the message says what is missing."""


_BUILD = "make build"
_BUILD_IMAGE = ".venv-sam/bin/sam build --template-file template-image.yaml --build-dir .aws-sam/image"


def sam_path(root: Path) -> Path:
    """The executable; raises SamError when it is not installed."""
    return _made(root / ".venv-sam" / "bin" / "sam", _BUILD)


def built_template(root: Path, image: bool = False) -> Path:
    """What `sam build` made of template.yaml, or of template-image.yaml; raises SamError when it has not."""
    folder, command = ("image", _BUILD_IMAGE) if image else ("build", _BUILD)
    return _made(root / ".aws-sam" / folder / "template.yaml", command)


def _made(path: Path, command: str) -> Path:
    if not path.exists():
        raise SamError(f"{path} is not there: run `{command}`")
    return path


def sam_environment() -> dict[str, str]:
    """Our environment without AWS's variables: with credentials SAM asks AWS's STS before each command."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return ours | {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": REGION,
        "SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS": "1",  # samconfig.toml says so too, but not beside the built template
        "SAM_CLI_TELEMETRY": "0",
    }
