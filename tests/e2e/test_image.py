"""The Dockerfile's image of any function: under SAM, under the emulator it carries, and with Kubernetes' command."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.conftest import ROOT
from tests.e2e.conftest import wait_until
from workbench.local.child import invoke_all
from workbench.local.routing import function_for, read_event
from workbench.local.template import read_template
from workbench.sam.command import sam_environment, sam_path

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("built")]

TEMPLATE = read_template(ROOT / "template.yaml")


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, env=sam_environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@cache
def image_of(function: str) -> str:
    """The name of the image that `make image` makes of a function."""
    run("make", "image", f"FUNCTION={function}")
    return f"modelet-{function}"


@contextmanager
def container(*arguments: str) -> Iterator[httpx.Client]:
    """What `docker run` starts, and a client of its port 8080."""
    name = run("docker", "run", "--detach", "--publish=127.0.0.1::8080", *arguments)
    try:
        with httpx.Client(base_url=f"http://{run('docker', 'port', name, '8080')}", timeout=60) as client:
            yield client
    finally:
        run("docker", "rm", "--force", name)


def answers(client: httpx.Client) -> bool:
    """Docker takes connections before the container does: only an answer counts."""
    try:
        client.get("/")
    except httpx.TransportError:
        return False
    return True


def expected(event: Path) -> Any:
    """What the handler answers on this machine."""
    return next(iter(invoke_all(TEMPLATE, [event]))).answer


@pytest.mark.usefixtures("bundles")
def test_sam_builds_the_image_function_and_it_answers_as_on_this_machine() -> None:
    run(str(sam_path(ROOT)), "build", "--template-file=template-image.yaml", "--build-dir=.aws-sam/image")
    assert "EmbedImageFunction" in run(sys.executable, "-m", "workbench.cli", "sam-local", "--image")


def test_an_image_of_no_function_is_refused_with_the_name_of_the_argument() -> None:
    done = subprocess.run(["docker", "build", "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "FUNCTION: is missing" in done.stdout + done.stderr


@pytest.mark.usefixtures("bundles")
@pytest.mark.parametrize(
    ("event", "handler"),
    [
        ("http_embed.json", []),
        ("http_redact.json", []),
        ("sqs_redact.json", ["functions.redact.worker.handler"]),
    ],
)
def test_the_image_of_any_function_answers_under_the_emulator_in_it(event: str, handler: list[str]) -> None:
    path = ROOT / "events" / event
    function = function_for(read_event(path), TEMPLATE).folder
    with container(image_of(function), *handler) as client:
        wait_until(lambda: answers(client), function)
        response = client.post("/2015-03-31/functions/function/invocations", content=path.read_bytes())
    assert response.json() == expected(path)


@pytest.mark.usefixtures("bundles")
def test_the_command_and_the_limits_of_the_kubernetes_manifest_serve_http() -> None:
    pod = next(yaml.safe_load_all((ROOT / "docs" / "kubernetes.yaml").read_text("utf-8")))["spec"]["template"]["spec"]
    served = pod["containers"][0]
    program, *arguments = served["command"]
    user = "{runAsUser}:{runAsGroup}".format_map(pod["securityContext"])
    memory = served["resources"]["limits"]["memory"].removesuffix("i")
    environment = [f"--env={variable['name']}={variable['value']}" for variable in served["env"]]
    assert served["securityContext"]["readOnlyRootFilesystem"]
    limits = [
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        f"--user={user}",
        f"--memory={memory}",
    ]
    path = ROOT / "events" / "http_embed.json"
    event = read_event(path)
    with container(*limits, *environment, f"--entrypoint={program}", image_of("embed"), *arguments) as client:
        wait_until(lambda: answers(client), "uvicorn")
        response = client.post(event["rawPath"], content=event["body"], headers={"content-type": "application/json"})
    answer = expected(path)
    assert (response.status_code, response.text) == (answer["statusCode"], answer["body"])
