"""CloudFormation's short tags and the few intrinsic functions that a function's own properties use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from workbench.local.bootstrap import ACCOUNT_ID
from workbench.local.errors import TemplateError

__all__ = ["REGION", "STACK_NAME", "Resolver", "TemplateLoader"]

REGION = "us-east-1"
STACK_NAME = "modelet"

_PSEUDO_PARAMETERS = {
    "AWS::AccountId": ACCOUNT_ID,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": STACK_NAME,
    "AWS::URLSuffix": "amazonaws.com",
}


class TemplateLoader(yaml.SafeLoader):
    """YAML with CloudFormation's tags, each read into its long form: `!Ref x` is {"Ref": "x"}."""


def _construct(loader: TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


TemplateLoader.add_multi_constructor("!", _construct)


class Resolver:
    """Turns property values into the text they have locally: parameters by their default, resources by logical id.

    references are the values of `Ref` ("Jobs") and `Fn::GetAtt` ("Jobs.Arn") on resources that were made.
    """

    def __init__(self, document: dict[str, Any], references: Mapping[str, str]) -> None:
        parameters = document.get("Parameters", {})
        defaults = {name: str(value["Default"]) for name, value in parameters.items() if "Default" in value}
        self._references: dict[str, str] = (
            {name: name for name in document["Resources"]} | defaults | _PSEUDO_PARAMETERS | dict(references)
        )

    def text(self, value: Any, where: str) -> str:
        """A scalar, a Ref, a GetAtt or a Sub as text; raises TemplateError naming `where` for anything else."""
        match value:
            case bool():
                return str(value).lower()
            case str() | int() | float():
                return str(value)
            case {"Ref": str(name)}:
                return self._reference(name, where)
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return self._reference(f"{name}.{attribute}", where)
            case {"Fn::Sub": str(pattern)}:
                return re.sub(r"\$\{([^}!]+)\}", lambda found: self._reference(found[1], where), pattern)
        raise TemplateError(f"{where}: {value!r} cannot be resolved locally; use a text, !Ref, !GetAtt or !Sub")

    def _reference(self, name: str, where: str) -> str:
        try:
            return self._references[name]
        except KeyError:
            raise TemplateError(
                f"{where}: {name!r} is no resource, attribute or parameter with a Default here"
            ) from None
