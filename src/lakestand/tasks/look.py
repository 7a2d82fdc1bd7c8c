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
    """Say what this machine lacks and the one command that helps; exit code 1 if anything."""
    config = Settings.load()
    found = medicine.examine(config, checkout.stack(config))
    if json:
        view.as_json([asdict(f) for f in found])
    else:
        rows = [(f.what, f.found, f.remedy or "fine") for f in found]
        view.show("this machine", ("what", "found", "what helps"), rows)
    if any(f.remedy for f in found):
        raise Exit(code=1)


@task(help={"json": JSON})
def env(_c: Context, json: bool = False) -> None:
    """Print all endpoints as dotenv, under the names that other tools read; secrets stay in .env."""
    found = endpoints.dotenv(Settings.load())
    if json:
        view.as_json(found)
    else:
        print("\n".join(f"{name}={value}" for name, value in found.items()))


@task()
def graph(_c: Context) -> None:
    """Print the services and the road of a change as a mermaid diagram."""
    print(drawing.mermaid(checkout.stack(Settings.load()).services))


@task(help={"json": JSON})
def settings(_c: Context, json: bool = False) -> None:
    """List every setting: its variable, its value now, and what it is for."""
    config = Settings.load()
    rows = [
        (PREFIX + name.upper(), str(getattr(config, name)), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    if json:
        view.as_json([{"variable": v, "value": now, "description": text} for v, now, text in rows])
    else:
        view.show("settings", ("variable", "value now", "what it is"), rows)
