"""Tasks that look at the stand and change nothing: doctor, env, graph, settings."""

from __future__ import annotations

from dataclasses import asdict

from invoke import Context, Exit

from lakestand import view
from lakestand.settings import PREFIX, Settings, endpoints
from lakestand.stand import checkout
from lakestand.stand import doctor as medicine
from lakestand.stand import graph as drawing
from lakestand.tasks.guard import JSON, task


@task(help={"json": JSON})
def doctor(_c: Context, json: bool = False) -> None:
    """Check this machine: what it lacks, and the command that helps; exit code 1 if it lacks anything."""
    config = Settings.load()
    findings = medicine.examine(config, checkout.stack(config))
    if json:
        view.print_json([asdict(f) for f in findings])
    else:
        rows = [(f.what, f.found, view.spell(f.remedy) or "fine") for f in findings]
        view.show("this machine", ("what", "found", "what helps"), rows)
    if any(f.remedy for f in findings):
        raise Exit(code=1)


@task(help={"json": JSON})
def env(_c: Context, json: bool = False) -> None:
    """Print all endpoints as dotenv, under the names that other tools read; secrets stay in .env."""
    variables = endpoints.variables(Settings.load())
    if json:
        view.print_json(variables)
    else:
        print("\n".join(f"{name}={value}" for name, value in variables.items()))


@task()
def graph(_c: Context) -> None:
    """Print the services and the path of a change through them as a Mermaid diagram."""
    print(drawing.mermaid(checkout.stack(Settings.load()).services))


@task(help={"json": JSON})
def settings(_c: Context, json: bool = False) -> None:
    """List all settings: environment variable, present value, and what it is for."""
    config = Settings.load()
    rows = [
        (PREFIX + name.upper(), str(getattr(config, name)), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    if json:
        view.print_json([{"variable": v, "value": now, "description": text} for v, now, text in rows])
    else:
        view.show("settings", ("variable", "value now", "what it is"), rows)
