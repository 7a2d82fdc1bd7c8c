"""Tasks schemas.*: the Schema Registry's subjects and their versions, and which new versions it accepts."""

from __future__ import annotations

import sys
from pathlib import Path

from invoke import Context, Exit

from lakestand import view
from lakestand.clients.registry import MODES, Registry, SchemaVersion, registry_config
from lakestand.errors import BadArgument
from lakestand.settings import Settings
from lakestand.tasks.guard import JSON, task

FILE = "a file with an Avro schema; - for standard input"


@task(name="list", help={"json": JSON})
def list_(_c: Context, json: bool = False) -> None:
    """List the subjects with their versions and their compatibility mode."""
    registry = _registry()
    subjects = [
        {"subject": s, "versions": registry.versions(s), "compatibility": registry.compatibility(s)}
        for s in registry.subjects()
    ]
    if json:
        view.print_json(subjects)
        return
    cells = [(row["subject"], ", ".join(map(str, row["versions"])), row["compatibility"]) for row in subjects]
    view.show(f"schemas (else {registry.compatibility()})", ("subject", "versions", "compatibility"), cells)


@task(
    positional=["subject"],
    help={"subject": "a subject's name", "version": "a number; default: the latest", "json": JSON},
)
def show(_c: Context, subject: str, version: str = "latest", json: bool = False) -> None:
    """Show one version of a subject, and what it changed."""
    from lakestand.pipeline.decoding.avro_schema import describe_differences

    registry = _registry()
    numbers = _known(registry, subject)
    schema = registry.version(subject, version)
    earlier = [n for n in numbers if n < schema.version]
    changed = describe_differences(registry.version(subject, earlier[-1]).schema, schema.schema) if earlier else []
    if json:
        view.print_json(schema._asdict() | {"changed": changed})
        return
    view.console.print(str(schema))
    for line in changed:
        view.console.print(f"  {line}")
    view.console.print_json(schema.schema)


@task(positional=["subject", "file"], help={"subject": "a subject's name", "file": FILE, "json": JSON})
def check(_c: Context, subject: str, file: str, json: bool = False) -> None:
    """Check whether a schema could be the subject's next version, without registering it; exit code 1 if not."""
    from lakestand.pipeline.decoding.avro_schema import describe_differences

    registry, schema = _registry(), _read(file)
    refused = registry.check(subject, schema)
    latest = registry.version(subject) if refused else None
    reasons = (describe_differences(latest.schema, schema) or refused) if latest else []
    mode = registry.compatibility(subject)
    if json:
        view.print_json({"subject": subject, "compatibility": mode, "compatible": not refused, "reasons": reasons})
    elif not refused:
        view.console.print(f"{subject}: {mode} would take it")
    if refused:
        raise Exit(f"error: {latest}: {mode} would refuse it: {'; '.join(reasons)}", code=1)


@task(positional=["subject", "file"], help={"subject": "a subject's name", "file": FILE, "json": JSON})
def register(_c: Context, subject: str, file: str, json: bool = False) -> None:
    """Register a schema as the subject's newest version; one that is there already keeps its version."""
    registry = _registry()
    number = registry.register(subject, _read(file))
    registered = next(v for v in _versions(registry, subject) if v.id == number)
    if json:
        view.print_json(registered._asdict())
    else:
        view.console.print(str(registered))


@task(
    positional=[],
    help={
        "subject": "a subject's name; default: the mode of all subjects without their own",
        "mode": f"one of {', '.join(MODES)}",
    },
)
def compat(_c: Context, subject: str = "", mode: str = "") -> None:
    """Show the compatibility mode that new versions are checked by, or change it."""
    registry = _registry()
    if mode:
        registry.set_compatibility(mode, subject)
    view.console.print(f"{subject or 'all others'}: {registry.compatibility(subject)}")


def _registry() -> Registry:
    return Registry(registry_config(Settings.load()))


def _known(registry: Registry, subject: str) -> list[int]:
    if numbers := registry.versions(subject):
        return numbers
    raise BadArgument(f"there is no subject {subject}; invoke schemas.list names them")


def _versions(registry: Registry, subject: str) -> list[SchemaVersion]:
    return [registry.version(subject, number) for number in reversed(registry.versions(subject))]


def _read(file: str) -> str:
    return sys.stdin.read() if file == "-" else Path(file).read_text()
