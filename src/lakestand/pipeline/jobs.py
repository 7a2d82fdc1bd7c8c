"""A job: which engine carries which topics where, in this process or on a Spark cluster."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lakestand.clients.registry import Registry, registry_config
from lakestand.errors import BadArgument, Incomplete, LakestandError, PipelineError
from lakestand.lake import sinks
from lakestand.pipeline import ending
from lakestand.pipeline.halts import CAUSE_CHARACTERS
from lakestand.pipeline.incidents import Incidents
from lakestand.pipeline.progress import Progress, publish_metrics
from lakestand.pipeline.reports import Commit
from lakestand.pipeline.run import Pipeline
from lakestand.pipeline.selection import Selection
from lakestand.pipeline.spark.run import SparkPipeline
from lakestand.pipeline.spark.session import session_config, start_session
from lakestand.pipeline.spark.tables import WRITERS
from lakestand.pipeline.stopping import stop_on_signal
from lakestand.settings import Settings
from lakestand.spark import failures

ENGINES, SINKS = ("local", "spark"), tuple(sinks.SINKS)
Report = Callable[[str], None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Which topics one pipeline carries, where to, and by which engine.

    Attributes:
        topics: their names, or patterns of names with * and ?.
        connectors: whose topics are carried too; without `once` also those that come later, on the local engine.
        sinks: names of SINKS.
        namespace: of all tables; "": each table goes to the namespace of its source's schema (MySQL: database).
        engine: one of ENGINES.
        master: Spark's, as `local[2]` or the URL of a cluster.
        once: whether to end at the topics' present end.
        convert: see `Pipeline.convert`.
        replace: see `Pipeline.replace`.
    """

    topics: Sequence[str] = ()
    connectors: Sequence[str] = ()
    sinks: Sequence[str] = SINKS
    namespace: str = ""
    engine: str = "local"
    master: str = "local[2]"
    once: bool = False
    convert: Sequence[str] = ()
    replace: Sequence[str] = ()

    def selection(self, settings: Settings) -> Selection:
        """Return the topics of the job, as they are in Kafka and as Kafka Connect knows the connectors."""
        return Selection(settings, self.topics, self.connectors)

    def check(self) -> None:
        """Raise BadArgument when the job cannot be run as it is: no topic, or an unknown engine or sink."""
        if not self.topics and not self.connectors:
            raise BadArgument(
                "no topic: --topic NAME or --connector NAME, which may be repeated; `invoke topics.list` and `invoke "
                "connectors.list` name them"
            )
        if (self.convert or self.replace) and self.engine != "local":
            raise BadArgument("--convert and --replace are the local engine's: run it once so, then go on with Spark")
        for what, names, known in (("engine", [self.engine], ENGINES), ("sink", self.sinks, SINKS)):
            if unknown := [name for name in names if name not in known]:
                raise BadArgument(f"there is no {what} {unknown[0]}; there are: {', '.join(known)}")


def run(settings: Settings, job: Job, report: Report) -> None:
    """Run *job* until the topics' end, or until SIGINT or SIGTERM; what was read is committed first.

    *report* gets a line per commit, and one for whatever is worth knowing at the end; where the run goes on until it is
    stopped, also at the beginning.

    Raises:
        Incomplete: when records are put aside, by this run or an earlier one, or when a connector of the topics has
            FAILED: then not all is in the tables.
    """
    job.check()
    topics = job.selection(settings).topics()
    logger.info("carrying", extra={"topics": topics, "sinks": list(job.sinks), "engine": job.engine})
    if not job.once:
        begin = _end(settings, job, Incidents(settings.bootstrap_servers))
        for text in (*begin.missing, *begin.notes):
            report(text)
    incidents = Incidents(settings.bootstrap_servers)
    try:
        _carry(settings, job, report, incidents)
    except PipelineError as err:
        if (end := _end(settings, job, incidents)).missing:
            raise PipelineError(f"{err}\n{end}") from err
        raise
    end = _end(settings, job, incidents)
    for note in end.notes:
        report(note)
    if end.missing:
        raise Incomplete(str(end))
    logger.info("all that was read is in the tables")


def _end(settings: Settings, job: Job, incidents: Incidents) -> ending.Ending:
    topics = job.selection(settings).topics()
    return ending.examine(settings, topics, incidents.dead_letters, incidents.stand_ins, incidents.unknown)


def _carry(settings: Settings, job: Job, report: Report, incidents: Incidents) -> None:
    """Run *job* on its engine; PipelineError for whatever else it ends with, so that a user reads one message."""
    try:
        (_spark if job.engine == "spark" else _local)(settings, job, report, incidents)
    except (LakestandError, OSError):
        raise
    except Exception as err:
        logger.info("failed", exc_info=err)
        cause = " ".join(str(err).split())[:CAUSE_CHARACTERS]
        raise PipelineError(
            f"the pipeline ended with {type(err).__name__}: {cause}. What was committed is in the tables, and the same "
            "command goes on from there; with --verbose it shows where this was raised; invoke status"
        ) from err


def _local(settings: Settings, job: Job, report: Report, incidents: Incidents) -> None:
    progress = Progress()
    selection = job.selection(settings)
    pipeline = Pipeline(
        bootstrap_servers=settings.bootstrap_servers,
        topics=selection.topics(),
        sinks=[sinks.SINKS[name](settings, job.namespace) for name in job.sinks],
        on_commit=_commit_listener(progress, report),
        registry=Registry(registry_config(settings)),
        convert=job.convert,
        replace=job.replace,
        by_schema=not job.namespace,
        more_topics=None if job.once or not selection.grows else selection.topics,
        choice=settings.unrepresentable,
        incidents=incidents,
    )
    with stop_on_signal() as stopped, publish_metrics(settings, pipeline, progress):
        pipeline.run(None if job.once else stopped.is_set)


def _spark(settings: Settings, job: Job, report: Report, incidents: Incidents) -> None:
    spark, progress = start_session(settings, job.master), Progress()
    try:
        pipeline = SparkPipeline(
            spark=spark,
            bootstrap_servers=settings.bootstrap_servers,
            topics=job.selection(settings).topics(),
            sinks=[WRITERS[name](settings, job.namespace) for name in job.sinks],
            on_commit=_commit_listener(progress, report),
            registry=registry_config(settings),
            choice=settings.unrepresentable,
            by_schema=not job.namespace,
            incidents=incidents,
        )
        # stop_on_signal() after the session's start, which sets a handler of its own.
        with (
            stop_on_signal() as stopped,
            publish_metrics(settings, pipeline, progress),
            failures.explain(session_config(settings, job.master), failures.PIPELINE),
        ):
            pipeline.run(None if job.once else stopped.is_set)
    finally:
        spark.stop()


def _commit_listener(progress: Progress, report: Report) -> Callable[[Commit], None]:
    def listen(commit: Commit) -> None:
        progress.count_commit(commit)
        fields = {"sink": commit.sink, "table": commit.table, "kind": commit.kind, "events": commit.events}
        logger.info("committed", extra=fields | {"seconds": round(commit.seconds, 3)})
        report(f"{commit.sink} {commit.table}: {commit.events:,} events in {commit.seconds:.2f} s")

    return listen
