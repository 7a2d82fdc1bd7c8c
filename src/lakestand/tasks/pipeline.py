"""The task `pipeline.run`: topics into tables."""

from __future__ import annotations

from collections.abc import Sequence

from invoke import Context, task

from lakestand import view
from lakestand.settings import Settings
from lakestand.tasks.guard import guarded


@task(
    iterable=["topic", "sink", "convert"],
    help={
        "topic": "a topic to carry; may be repeated",
        "sink": "iceberg or delta; may be repeated, both by default",
        "namespace": "namespace of the tables",
        "engine": "local (this process) or spark",
        "master": "Spark's master: local[2], or the URL of a cluster such as spark://127.0.0.1:7077",
        "convert": "table.column that keeps the table's type when the source changes its own; may be repeated",
        "once": "stop at the present end of the topics",
    },
)
@guarded
def run(  # noqa: PLR0917  invoke's options
    _c: Context,
    topic: Sequence[str],
    sink: Sequence[str],
    convert: Sequence[str],
    namespace: str = "lake",
    engine: str = "local",
    master: str = "local[2]",
    once: bool = False,
) -> None:
    """Carry each topic into a changelog and a mirror, exactly once; Ctrl-C commits what was read, then ends."""
    from lakestand.pipeline import jobs

    job = jobs.Job(
        topics=topic,
        sinks=sink or jobs.SINKS,
        namespace=namespace,
        engine=engine,
        master=master,
        once=once,
        convert=convert,
    )
    jobs.run(Settings.load(), job, view.console.print)
    view.console.print("all that was read is in the tables")
