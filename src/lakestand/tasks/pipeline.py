"""The task `pipeline.run`: topics into tables."""

from __future__ import annotations

from collections.abc import Sequence

from invoke import Context

from lakestand import view
from lakestand.settings import Settings
from lakestand.tasks.guard import LOG_JSON, task


@task(
    iterable=["topic", "connector", "sink", "convert", "replace"],
    help={
        "topic": "a topic to carry, or a pattern as shop.public.*; may be repeated",
        "connector": "a connector whose topics are carried, those that come later too; may be repeated",
        "sink": "iceberg or delta; may be repeated, both by default",
        "namespace": "namespace of all tables; default: of each its source's schema (MySQL: database)",
        "engine": "local (this process) or spark",
        "master": "Spark's master: local[2], or the URL of a cluster such as spark://127.0.0.1:7077",
        "convert": "table.column that keeps the table's type when the source changes its own; may be repeated",
        "replace": "table.column whose old values are set aside, for the source's new type; may be repeated",
        "once": "stop at the present end of the topics",
        "log-json": LOG_JSON,
    },
)
def run(  # noqa: PLR0917  invoke's options
    _c: Context,
    topic: Sequence[str],
    connector: Sequence[str],
    sink: Sequence[str],
    convert: Sequence[str],
    replace: Sequence[str],
    namespace: str = "",
    engine: str = "local",
    master: str = "local[2]",
    once: bool = False,
    log_json: bool = False,
) -> None:
    """Carry each topic into a changelog and a mirror, exactly once; Ctrl-C commits what was read, then ends."""
    from lakestand.pipeline import jobs

    job = jobs.Job(
        topics=topic,
        connectors=connector,
        sinks=sink or jobs.SINKS,
        namespace=namespace,
        engine=engine,
        master=master,
        once=once,
        convert=convert,
        replace=replace,
    )
    report: jobs.Report = (lambda _text: None) if log_json else view.console.print
    jobs.run(Settings.load(), job, report)
    report("all that was read is in the tables")
