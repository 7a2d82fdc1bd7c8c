"""Everything that is checked or measured. `nox --list` names the sessions.

Plain `nox` checks the code, brings one stand up, runs every story on it, and takes it down again.
What runs already before a session is left running after it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import nox

nox.needs_version = ">=2026.8"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_external_run = True

PYPROJECT = nox.project.load_toml("pyproject.toml")
LEASE = "nox"
BENCHMARKS = Path("reports/benchmarks")
JUNIT = Path("reports/junit")
# Version → what pytest is told. 0.10 meets deprecations of later pydantic and pyparsing, and cannot read the bounds of
# a widened column (apache/iceberg-python#3293).
ICEBERG_MATRIX = {
    "==0.10.0": ("-W", "ignore::DeprecationWarning", "-k", "not key_that_widens"),
    ">=0.12": (),
}
# Delta's version → what is installed: the specified pair, and the newest that works together.
DELTA_MATRIX = {
    "3.3.2": ("pyspark==3.5.9", "delta-spark==3.3.2"),
    "4.4.0": ("pyspark==4.1.4", "delta-spark==4.4.0"),
}


@dataclass(frozen=True)
class Story:
    """Which tests a session runs, and the project's extras for them. Their services are said by the tests' marks.

    *workers* processes run the tests, where none of them stops a service; 0: they run in pytest's own. Plain nox runs
    what is *plain*.
    """

    help: str
    paths: tuple[str, ...]
    extras: str = ""
    workers: int = 0
    plain: bool = True


STORIES = {
    "infrastructure": Story(
        "Every service for real: ready, on loopback only, back after SIGKILL.",
        ("tests/integration/test_infrastructure.py", "tests/integration/test_bad_input.py"),
        extras="spark",
    ),
    "iceberg": Story(
        "Tables in the Iceberg catalogue: every operation, exact, and what failures leave.",
        (
            "tests/unit/test_cdc_pipelines",
            "tests/integration/test_iceberg_cdc.py",
            "tests/integration/test_iceberg_tables.py",
            "tests/integration/test_cross_storage.py",
            "tests/e2e/test_postgres_to_iceberg.py",
            "tests/e2e/test_mysql_to_iceberg.py",
            "tests/e2e/test_iceberg_workflow.py",
        ),
        workers=3,
    ),
    "spark": Story(
        "The pipeline on Spark: the same rows as the local engine's.",
        ("tests/e2e/test_pipeline_spark.py", "tests/e2e/test_avro_roads.py"),
        extras="spark",
    ),
    "cluster": Story(
        "The pipeline on a Spark cluster whose worker and driver are killed (minutes; not in plain nox).",
        ("tests/integration/test_spark_cluster.py",),
        extras="spark",
        plain=False,
    ),
    "debezium": Story(
        "Connectors on real databases, from registration to removal, and every event that they write.",
        (
            "tests/integration/test_connectors.py",
            "tests/integration/test_connector_tasks.py",
            "tests/integration/test_postgres_cdc.py",
            "tests/integration/test_mysql_cdc.py",
        ),
        workers=3,
    ),
    "schema": Story(
        "A table changes: versions in the Schema Registry, how they are judged, and the tables that follow.",
        ("tests/integration/test_postgres_schema_evolution.py",),
    ),
    "alerting": Story(
        "Alerts pushed to Alertmanager: what arrives where, when, and what it says.",
        (
            "tests/integration/test_alerting.py",
            "tests/integration/test_alert_failures.py",
            "tests/integration/test_alert_rules.py",
            "tests/integration/test_metrics.py",
            "tests/e2e/test_alerts.py",
        ),
        workers=4,  # they mostly wait
    ),
    "delta": Story(
        "Delta Lake by Spark and delta-rs: change feed, time travel, and both roads into it.",
        (
            "tests/integration/test_deltalake_cdc.py",
            "tests/integration/test_delta_tables.py",
            "tests/e2e/test_delta_cdf_workflow.py",
            "tests/e2e/test_postgres_to_delta.py",
            "tests/e2e/test_mysql_to_delta.py",
        ),
        extras="spark",
        workers=2,  # a driver each
    ),
    "docs": Story(
        "Every command of the documents, run in their order.", ("tests/integration/test_documents.py",), extras="spark"
    ),
    "reconcile": Story(
        "Source and mirror compared: what the command finds, in Delta too, and what it says.",
        ("tests/integration/test_reconcile.py",),
    ),
    "failures": Story(
        "What breaks under a pipeline: store, catalogue, registry, network, tables, other writers.",
        (
            "tests/integration/test_schema_failures.py",
            "tests/integration/test_sink_failures.py",
            "tests/integration/test_spark_failures.py",
            "tests/e2e/test_iceberg_kills.py",
        ),
        extras="spark",
    ),
    "e2e": Story(
        "The four roads from a row to a table, and what kill -9 does to them.",
        ("tests/e2e/test_roads.py", "tests/e2e/test_kills.py", "tests/e2e/test_lag.py"),
    ),
}
MEASUREMENTS = ("startup", "memory", "lag", "throughput", "timing", "flakiness")
PLAIN = ("lint", "types", "unit", "stand_up", *(n for n, s in STORIES.items() if s.plain), "stand_down")
nox.options.sessions = PLAIN


def install(session: nox.Session, *groups: str, project: bool = True, extras: str = "") -> None:
    """Dependency groups of pyproject.toml, and the project itself with its *extras*."""
    if project:
        session.install("-q", f"-e.[{extras}]" if extras else "-e.")
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, *groups))


@nox.session
def lint(session: nox.Session) -> None:
    """Style (ruff, everything on), format, spelling, and no secret in the tree."""
    install(session, "lint", project=False)
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("codespell")
    session.run("kingfisher", "scan", *_tracked(session), "--no-update-check", "--no-validate", "--git-history=none")


def _tracked(session: nox.Session) -> list[str]:
    """Files and folders of git at the top: .env and a running stand's data hold secrets by design."""
    listed = str(session.run("git", "ls-tree", "--name-only", "HEAD", external=True, silent=True))
    return listed.split()


@nox.session
def types(session: nox.Session) -> None:
    """Strict mypy, over the tests, the tasks and this file too."""
    install(session, "types")
    session.run("mypy")


@nox.session
def unit(session: nox.Session) -> None:
    """Tests that need no service."""
    install(session, "test", extras="report")
    session.run("pytest", "tests/unit", "-n2", f"--junitxml={JUNIT}/unit.xml", *session.posargs)


@nox.session
def stand_up(session: nox.Session) -> None:
    """Bring the whole stand up for the sessions that follow (plain nox does)."""
    install(session, "test")
    session.run("invoke", "up", f"--lease={LEASE}")


@nox.session
def stand_down(session: nox.Session) -> None:
    """Stop what stand_up started, and nothing else."""
    install(session, "test")
    session.run("invoke", "down", f"--lease={LEASE}")


@nox.session
def timing(session: nox.Session) -> None:
    """How long single operations take; compared, as a ratio, with the runs before (reports/benchmarks)."""
    install(session, "test", extras="spark")
    saved = ["--benchmark-compare"] if any(BENCHMARKS.rglob("*.json")) else []
    columns = ("--benchmark-columns=median,iqr,min,max,rounds", "--benchmark-sort=name", "--benchmark-autosave")
    session.run(
        "pytest",
        "tests/performance",
        "--stand",
        *columns,
        f"--benchmark-storage={BENCHMARKS}",
        *saved,
        *session.posargs,
    )


@nox.session
def flakiness(session: nox.Session) -> None:
    """A story (default: delta) ten times in random orders; `-- STORY --runs 3`. Kept in reports/flakiness.sqlite."""
    name, *more = session.posargs or ["delta"]
    story = STORIES[name]
    install(session, "test", extras=story.extras)
    workers = (f"-n{story.workers}", "--dist=worksteal") if story.workers else ()
    command = ("python", "-m", "lakestand.measure.flakiness", f"--story={name}", *more)
    session.run(*command, "--", *story.paths, "--stand", *workers)


@nox.session
def throughput(session: nox.Session) -> None:
    """Events a second of one pipeline process from a full topic, beside what bounds it."""
    _measured(session, "throughput", "kafka", "minio", "iceberg-rest", "schema-registry")


@nox.session
def lag(session: nox.Session) -> None:
    """From a commit to Kafka, Iceberg and Delta at 1, 100 and 1,000 rows a second; `-- --rates 10` for others."""
    _measured(session, "lag", "postgres", "connect", "minio", "iceberg-rest")


@nox.session
def memory(session: nox.Session) -> None:
    """Memory of every service, idle and while the demo works; `-- --soak 10` for how it grows in ten minutes."""
    _measured(session, "memory")


@nox.session
def startup(session: nox.Session) -> None:
    """How long a stand of its own takes to come up, fresh and warm; `-- --runs 3 --cold` from an empty cache too."""
    install(session, "test")
    session.run("python", "-m", "lakestand.measure.startup", *session.posargs)


@nox.session
def report(session: nox.Session) -> None:
    """What the sessions left, as reports/latest/report.html, .md and .json; fails when a criterion is not met."""
    install(session, extras="report")
    session.run("python", "-m", "lakestand.measure.report")


@nox.session(python=False)
def acceptance(session: nox.Session) -> None:
    """Everything on a clean stand (deletes the stand's data): all stories, all measurements, and the report."""
    for path in (JUNIT, Path("reports/records")):
        shutil.rmtree(path, ignore_errors=True)
    for name in ("clean", *PLAIN, *MEASUREMENTS, "report"):
        session.notify(name)


@nox.session
def clean(session: nox.Session) -> None:
    """Stop the stand and delete its data."""
    install(session, "test")
    session.run("invoke", "down", "--volumes")


def _measured(session: nox.Session, name: str, *services: str) -> None:
    """A measurement of the stand that runs, or of one that is started for it."""
    install(session, "test")
    session.run("invoke", "up", *(f"--only={service}" for service in services), f"--lease={LEASE}")
    try:
        session.run("python", "-m", f"lakestand.measure.{name}", *session.posargs)
    finally:
        session.run("invoke", "down", f"--lease={LEASE}")


@nox.session
@nox.parametrize("pyiceberg", ICEBERG_MATRIX)
def iceberg_matrix(session: nox.Session, pyiceberg: str) -> None:
    """The Iceberg tests with the oldest PyIceberg that is supported, and with the newest."""
    install(session, "test")
    session.install("-q", "--upgrade", f"pyiceberg[pyarrow,pyiceberg-core]{pyiceberg}")
    session.run("pytest", *STORIES["iceberg"].paths, "--stand", *ICEBERG_MATRIX[pyiceberg], *session.posargs)


@nox.session
@nox.parametrize("delta", DELTA_MATRIX)
def delta_matrix(session: nox.Session, delta: str) -> None:
    """The Delta tests with the specified Spark, and with the newest, which needs a JDK 17 or 21 on PATH."""
    install(session, "test")
    session.install("-q", *DELTA_MATRIX[delta])
    found = shutil.which("java") if delta.startswith("4") else None
    jdk = {"LAKESTAND_SPARK_JAVA_HOME": str(Path(found).resolve().parent.parent)} if found else {}
    session.run("pytest", *STORIES["delta"].paths, "--stand", *session.posargs, env=jdk)


def _story(name: str, story: Story) -> None:
    def run(session: nox.Session) -> None:
        install(session, "test", extras=story.extras)
        told = ("--stand", f"-n{story.workers}", "--dist=worksteal", f"--junitxml={JUNIT}/{name}.xml")
        session.run("pytest", *story.paths, *told, *session.posargs)

    run.__doc__ = story.help
    nox.session(name=name)(run)


for _name, _what in STORIES.items():
    _story(_name, _what)
