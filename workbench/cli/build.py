"""Commands that build what ships: lock, build, artefact, size."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.build.target import Arch
from workbench.cli.app import ROOT, TEMPLATE, app, clear_errors, console

__all__: list[str] = []

ArchOption = Annotated[Arch, typer.Option(help="Lambda's architecture to build for.")]


@app.command(epilog="Example: `modelet lock --check`")
def lock(
    check: Annotated[bool, typer.Option("--check", help="Fail if a lock does not fit its bounds.")] = False,
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Take the newest releases within the bounds.")] = False,
) -> None:
    """Pin all that ships by version and sha256, from the bounds of pyproject.toml and functions/*/requirements.in."""
    from workbench.build import lock as locks

    with clear_errors():
        if check:
            locks.check(ROOT)
        else:
            for path in locks.write(ROOT, upgrade):
                console.print(f"wrote {path}")


@app.command(epilog="Example: `modelet build --arch arm64`")
def build(
    arch: ArchOption = Arch.X86_64,
    bytecode: Annotated[bool, typer.Option("--require-bytecode", help="Fail if a part has none.")] = False,
) -> None:
    """Make dist/ARCH: the layer and every function as they lie in Lambda."""
    from workbench.build import reports
    from workbench.build.bytecode import CURE, find_compiler
    from workbench.build.dist import build as run
    from workbench.build.errors import BuildError

    with clear_errors():
        compiler = find_compiler()
        built = run(ROOT, arch, compiler)
        console.print(reports.built(built, ROOT, compiler))
        if bytecode and not all(part.compiled for part in built):
            raise BuildError(f"there is no bytecode: {CURE}; `make deploy BYTECODE=` ships without")


@app.command(epilog="Example: `modelet artefact EmbedFunction out`")
def artefact(
    name: Annotated[str, typer.Argument(help="A logical id of template.yaml: a function's or the layer's.")],
    folder: Annotated[Path, typer.Argument(help="Where to copy it; made if need be.")],
    arch: ArchOption = Arch.X86_64,
    anew: Annotated[bool, typer.Option("--anew", help="Mark a function's, so that SAM publishes a version.")] = False,
) -> None:
    """Copy what a function or the layer consists of into a folder; for the Makefile, when `sam build` asks."""
    from workbench.build import dist
    from workbench.build.bytecode import find_compiler
    from workbench.local.template import read_template

    with clear_errors():
        dist.copy_artefact(read_template(TEMPLATE), name, arch, find_compiler(), folder, anew)


@app.command(epilog="Example: `modelet size`")
def size(arch: ArchOption = Arch.X86_64) -> None:
    """Show what the layer and each function weigh; fail if one exceeds its budget or Lambda's limits."""
    from workbench.build import dist, reports
    from workbench.build import size as sizes
    from workbench.build.bytecode import find_compiler
    from workbench.local.template import read_template

    with clear_errors():
        dist.build(ROOT, arch, find_compiler())
        template = read_template(TEMPLATE)
        rows = list(sizes.rows(template, arch))
    console.print(reports.sizes(rows))
    console.print(reports.packages(sizes.packages(dist.artefact(template, dist.LAYER, arch)[0])))
    if not all(row.weight.fits(row.limit) for row in rows):
        raise typer.Exit(1)
