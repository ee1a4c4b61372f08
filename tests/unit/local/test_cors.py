from pathlib import Path

import pytest

from workbench.local.cors import Cors
from workbench.local.errors import TemplateError
from workbench.local.template import read_template

_PREFLIGHT = {"access-control-request-method": "POST"}


def _read(tmp_path: Path, configuration: str, common: str = "{}") -> Cors | None:
    api = f"{{Type: AWS::Serverless::HttpApi, Properties: {{{configuration}}}}}"
    parameters = "Parameters: {Origins: {Type: String, Default: 'https://a.example,https://b.example'}}"
    path = tmp_path / "template.yaml"
    path.write_text(f"{parameters}\nGlobals: {{HttpApi: {common}}}\nResources: {{Api: {api}}}\n")
    return read_template(path).cors


@pytest.mark.parametrize(
    ("configuration", "cors"),
    [
        ("", None),
        ("CorsConfiguration: true", Cors(allow_origins=("*",))),
        ("CorsConfiguration: false", None),
        (
            "CorsConfiguration: {AllowOrigins: !Split [',', !Ref Origins], MaxAge: 5, AllowCredentials: true}",
            Cors(allow_origins=("https://a.example", "https://b.example"), max_age=5, allow_credentials=True),
        ),
        (
            "CorsConfiguration: {AllowMethods: [GET], AllowHeaders: ['*'], ExposeHeaders: [x-one, x-two]}",
            Cors(allow_methods=("GET",), allow_headers=("*",), expose_headers=("x-one", "x-two")),
        ),
    ],
)
def test_reads_the_configuration_of_the_api(tmp_path: Path, configuration: str, cors: Cors | None) -> None:
    assert _read(tmp_path, configuration) == cors


def test_the_configuration_may_be_a_global(tmp_path: Path) -> None:
    assert _read(tmp_path, "", common="{CorsConfiguration: true}") == Cors(allow_origins=("*",))


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ("CorsConfiguration: 'yes'", "Api.CorsConfiguration: expected true or a map, got 'yes'"),
        ("CorsConfiguration: {Origins: [a]}", "Api.CorsConfiguration.Origins: Extra inputs"),
        ("CorsConfiguration: {MaxAge: soon}", "Api.CorsConfiguration.MaxAge: Input should be a valid integer"),
        ("CorsConfiguration: {AllowOrigins: https://a.example}", "Api.CorsConfiguration.AllowOrigins: Input should be"),
        ("CorsConfiguration: {AllowOrigins: [!ImportValue x]}", "Api.CorsConfiguration.AllowOrigins: .* cannot be"),
        ("CorsConfiguration: {AllowOrigins: ['*'], AllowCredentials: true}", "AllowCredentials cannot be true"),
    ],
)
def test_errors_name_the_property(tmp_path: Path, configuration: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        _read(tmp_path, configuration)


@pytest.mark.parametrize(
    ("allowed", "origin", "answer"),
    [
        ("https://a.example", "https://a.example", "https://a.example"),
        ("https://a.example", "https://a.example.org", None),
        ("https://a.example", "http://a.example", None),
        ("https://a.example", "", None),
        ("*", "null", "*"),
        ("*", "", None),
        ("https://*", "https://any.example:8443", "https://any.example:8443"),
        ("https://*", "http://any.example", None),
        ("http://*", "http://localhost:5173", "http://localhost:5173"),
    ],
)
@pytest.mark.parametrize("preflight", [True, False])
def test_which_origins_are_allowed(allowed: str, origin: str, answer: str | None, preflight: bool) -> None:
    request = _PREFLIGHT | ({"origin": origin} if origin else {})
    headers = dict(Cors(allow_origins=("https://other.example", allowed)).headers(request, preflight=preflight))
    assert headers.get("access-control-allow-origin") == answer


def test_a_preflight_is_told_all_and_a_request_what_concerns_it() -> None:
    cors = Cors(
        allow_origins=("https://a.example",),
        allow_methods=("GET", "POST"),
        allow_headers=("content-type", "authorization"),
        expose_headers=("x-one", "x-two"),
        max_age=0,
        allow_credentials=True,
    )
    request = {"origin": "https://a.example"}
    of_a_request = {
        "access-control-allow-origin": "https://a.example",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-one,x-two",
    }
    assert dict(cors.headers(request, preflight=False)) == of_a_request
    assert dict(cors.headers(request | _PREFLIGHT, preflight=True)) == of_a_request | {
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "content-type,authorization",
        "access-control-max-age": "0",
    }
    assert cors.headers(request, preflight=True) == ()
