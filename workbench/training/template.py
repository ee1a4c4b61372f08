"""A new service in template.yaml: the blocks of the one it is like, under its own name. Comments and order stay."""

import re
from pathlib import Path

from modelet.batch.jobs import service_name
from workbench.training.spec import TrainingError

__all__ = ["add_service", "check_template", "with_service"]

TEMPLATE_FILE = "template.yaml"


def check_template(function: Path, name: str) -> None:
    """Raises TrainingError unless the project of `function` can get a service `name` like it."""
    path = function.parents[1] / TEMPLATE_FILE
    if path.is_file():
        with_service(path, function.name, name)


def add_service(function: Path, name: str) -> None:
    """Write the service `name`, made after that of `function`, into the project's template, if there is one."""
    path = function.parents[1] / TEMPLATE_FILE
    if path.is_file():
        aside = path.with_suffix(".partial")
        aside.write_text(with_service(path, function.name, name), encoding="utf-8")
        aside.replace(path)


def with_service(template: Path, like: str, name: str) -> str:
    """The text of `template` with functions for `name`, made after those of `like`; unchanged where they are there.

    Raises TrainingError if it has no functions of `like`.
    """
    text, old, new = template.read_text(encoding="utf-8"), service_name(like), service_name(name)
    if f"\n  {new}Function:\n" in text:
        return text
    blocks = re.findall(rf"^  {old}(?:Function|Worker):\n(?:    .*\n|\n(?=    ))+", text, re.MULTILINE)
    names = re.search(r"^ +Names: \[[^]]*?(?=,?\s*\])", text, re.MULTILINE)
    if not blocks or names is None:
        raise TrainingError(f"{template} has no {old}Function, or no list of services; a new one is made like them")
    copies = "\n".join(_renamed(block, like, name) for block in blocks)
    listed = f"{text[: names.end()]}, {new}{text[names.end() :]}"
    return listed.replace(blocks[-1], f"{blocks[-1]}\n  # {name}: made by `modelet train {like} --out`\n\n{copies}")


def _renamed(block: str, like: str, name: str) -> str:
    described = re.sub(r"Description: .*", f"Description: Made like {like} (/v1/{name}).", block)
    lowered = re.sub(rf"(functions\.|/v\d+/|SERVICE_NAME: ){like}\b", rf"\g<1>{name}", described)
    return lowered.replace(service_name(like), service_name(name))
