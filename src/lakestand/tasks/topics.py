"""Tasks topics.*: Kafka's topics."""

from __future__ import annotations

from dataclasses import asdict

from invoke import Context

from lakestand import view
from lakestand.clients import kafka
from lakestand.settings import Settings
from lakestand.tasks.guard import JSON, task


@task(name="list", help={"json": JSON})
def list_(_c: Context, json: bool = False) -> None:
    """List the topics with their partitions and offsets."""
    topics = kafka.topic_sizes(Settings.load())
    if json:
        view.print_json([asdict(t) for t in topics])
    else:
        view.show("topics", ("topic", "partitions", "offsets"), [(t.name, t.partitions, t.offsets) for t in topics])
