"""Fn::ForEach, as the AWS::LanguageExtensions transform writes it out before SAM reads a template.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html.
A loop's variable is replaced where CloudFormation does it: in the names of what a turn makes, in Fn::Sub and in Ref.
Ref and Fn::GetAtt may hold an Fn::Sub.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.local.errors import TemplateError

__all__ = ["TRANSFORM", "expand_loops"]

TRANSFORM = "AWS::LanguageExtensions"

_LOOP = "Fn::ForEach::"
_SECTIONS = ("Resources", "Outputs")


def expand_loops(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its loops written out; raises TemplateError naming a loop that cannot be."""
    if TRANSFORM not in document.get("Transform", ()):
        return document
    mappings = document.get("Mappings", {})
    return {name: _expand(part, mappings) if name in _SECTIONS else part for name, part in document.items()}


def _expand(section: dict[str, Any], mappings: Any) -> dict[str, Any]:
    expanded: dict[str, Any] = {}
    for name, value in section.items():
        for key, member in _members(name, value, mappings):
            if key in expanded:
                raise TemplateError(f"{name}: {key} is there already")
            expanded[key] = member
    return expanded


def _members(name: str, value: Any, mappings: Any) -> Iterator[tuple[str, Any]]:
    """What `name` stands for: what a loop's turns make, or `value`."""
    if not name.startswith(_LOOP):
        yield name, _resolved(value, {})
        return
    match value:
        case [str(variable), collection, dict(members)]:
            for turn in _texts(name, collection, mappings):
                for key, member in members.items():
                    yield _substituted(key, {variable: turn}), _resolved(member, {variable: turn})
        case _:
            raise TemplateError(f"{name}: expected a variable, a list of texts and what each turn makes")


def _texts(name: str, collection: Any, mappings: Any) -> list[str]:
    """The collection of a loop, in its place or in the template's Mappings."""
    match collection:
        case {"Fn::FindInMap": [str(table), str(row), str(column)]}:
            return _texts(name, mappings.get(table, {}).get(row, {}).get(column), {})
        case [*texts] if all(isinstance(text, str) for text in texts):
            return texts
    raise TemplateError(f"{name}: expected a list of texts, or a !FindInMap of one, got {collection!r}")


def _resolved(value: Any, variables: dict[str, str]) -> Any:
    """`value` with the variables replaced; an Fn::Sub that needs nothing more is its text."""
    match value:
        case {"Fn::Sub": str(pattern)} if len(value) == 1:
            text = _substituted(pattern, variables)
            return {"Fn::Sub": text} if "${" in text else text
        case {"Ref": str(name)} if name in variables:
            return variables[name]
        case dict():
            return {key: _resolved(one, variables) for key, one in value.items()}
        case list():
            return [_resolved(one, variables) for one in value]
    return value


def _substituted(pattern: str, variables: dict[str, str]) -> str:
    for name, value in variables.items():
        pattern = pattern.replace(f"${{{name}}}", value)
    return pattern
