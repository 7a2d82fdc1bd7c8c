"""Tasks buckets.*: create and list the object store's buckets."""

from __future__ import annotations

from dataclasses import asdict

from invoke import Context

from lakestand import view
from lakestand.settings import Settings
from lakestand.tasks.guard import JSON, task


@task(iterable=["name"], help={"name": "one more bucket to create; may be repeated", "json": JSON})
def init(_c: Context, name: list[str], json: bool = False) -> None:
    """Create the stand's buckets where they are missing."""
    from lakestand.lake import bootstrap

    changes = bootstrap.create_buckets(Settings.load(), name)
    if json:
        view.print_json([asdict(c) for c in changes])
    else:
        view.show("buckets", ("bucket", ""), [(c.name, "made" if c.made else "was there") for c in changes])


@task(name="list", help={"json": JSON})
def list_(_c: Context, json: bool = False) -> None:
    """List the buckets."""
    from lakestand.clients import s3

    names = s3.list_buckets(Settings.load())
    if json:
        view.print_json(names)
    else:
        view.show("buckets", ("bucket",), [(n,) for n in names])
