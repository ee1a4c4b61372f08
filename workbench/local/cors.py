"""CORS as an HTTP API does it: the preflight answered by the gateway, headers added to what a function answers.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError, model_validator
from pydantic.alias_generators import to_pascal

from workbench.local.errors import TemplateError
from workbench.local.intrinsics import Resolver

__all__ = ["PREFIX", "Cors", "read_cors"]

PREFIX = "access-control-"

_ANY_ORIGIN = "*"
_SCHEMES = {"https://*": "https://", "http://*": "http://"}


class Cors(BaseModel):
    """The CorsConfiguration of an API. Origins are whole ones, "*", "https://*" or "http://*"; max_age is seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_pascal, populate_by_name=True)

    allow_origins: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age: NonNegativeInt | None = None
    allow_credentials: bool = False

    @model_validator(mode="after")
    def _check_credentials(self) -> Cors:
        if self.allow_credentials and _ANY_ORIGIN in self.allow_origins:
            raise ValueError("AllowCredentials cannot be true when AllowOrigins has *")
        return self

    def headers(self, request: Mapping[str, str], *, preflight: bool) -> tuple[tuple[str, str], ...]:
        """The headers to add to an answer; none unless the request's `origin` is allowed.

        A preflight must also name the method that it asks for. Header names are lower case.
        """
        origin = request.get("origin", "")
        if not self._allows(origin) or (preflight and f"{PREFIX}request-method" not in request):
            return ()
        values = {
            "allow-origin": _ANY_ORIGIN if _ANY_ORIGIN in self.allow_origins else origin,
            "allow-credentials": "true" if self.allow_credentials else "",
            "expose-headers": ",".join(self.expose_headers),
        }
        if preflight:
            values |= {
                "allow-methods": ",".join(self.allow_methods),
                "allow-headers": ",".join(self.allow_headers),
                "max-age": "" if self.max_age is None else str(self.max_age),
            }
        return tuple((PREFIX + name, value) for name, value in values.items() if value)

    def _allows(self, origin: str) -> bool:
        if not origin:
            return False
        schemes = tuple(scheme for pattern, scheme in _SCHEMES.items() if pattern in self.allow_origins)
        return origin.startswith(schemes) or bool({origin, _ANY_ORIGIN} & set(self.allow_origins))


def read_cors(document: dict[str, Any], resolver: Resolver) -> Cors | None:
    """The CorsConfiguration of a template's HTTP API; None without one. Raises TemplateError naming what is wrong."""
    common = document.get("Globals", {}).get("HttpApi", {})
    for logical_id, resource in document["Resources"].items():
        if resource.get("Type") == "AWS::Serverless::HttpApi":
            properties = common | resource.get("Properties", {})
            return _cors(f"{logical_id}.CorsConfiguration", properties.get("CorsConfiguration"), resolver)
    return None


def _cors(where: str, value: Any, resolver: Resolver) -> Cors | None:
    if not value:
        return None
    if value is True:
        return Cors(allow_origins=(_ANY_ORIGIN,))  # SAM's shortcut
    if not isinstance(value, dict):
        raise TemplateError(f"{where}: expected true or a map, got {value!r}")
    try:
        return Cors.model_validate({key: _resolved(resolver, one, f"{where}.{key}") for key, one in value.items()})
    except ValidationError as error:
        first = error.errors()[0]
        raise TemplateError(f"{'.'.join([where, *map(str, first['loc'])])}: {first['msg']}") from None


def _resolved(resolver: Resolver, value: Any, where: str) -> str | list[str]:
    match value:
        case list():
            return [resolver.text(one, where) for one in value]
        case {"Fn::Split": [str(separator), text]}:
            return resolver.text(text, where).split(separator)
    return resolver.text(value, where)
