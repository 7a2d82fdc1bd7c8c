"""Everything that is checked or measured. `nox --list` names the sessions.

Plain `nox` checks the code, brings one stand up, runs every story on it, and takes it down again.
What runs already before a session is left running after it.
"""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import nox
from nox.command import CommandFailed

sys.path.insert(0, str(Path(__file__).parent))  # nox does not

from tests.sessions.environments import ENVIRONMENTS, NEWEST, install, run
from tests.sessions.tables import MEASURED, SMOKE, STORIES, Measurement, Story

nox.needs_version = ">=2026.8"
nox.options.default_venv_backend = "uv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_external_run = True

LEASE = "nox"
REPORTS = Path(os.environ.get("LAKESTAND_REPORTS_DIR", "reports"))
BENCHMARKS = REPORTS / "benchmarks"
JUNIT = REPORTS / "junit"
# The report judges nothing that was measured before the moment in this file.
SINCE = REPORTS / "since"
# Version → what pytest is told. 0.10 meets deprecations of later pydantic and pyparsing, cannot read the bounds of a
# widened column (apache/iceberg-python#3293), and does not ask how the catalogue parts the names of nested namespaces.
ICEBERG_MATRIX = {
    "==0.10.0": ("-W", "ignore::DeprecationWarning", "-k", "not key_that_widens and not nested_namespace"),
    ">=0.12": (),
}
# Delta's version → what is installed: the specified pair, and the newest that works together.
DELTA_MATRIX = {
    "3.3.2": ("pyspark==3.5.9", "delta-spark==3.3.2"),
    "4.4.0": ("pyspark==4.1.4", "delta-spark==4.4.0"),
}

MEASUREMENTS = ("startup", "memory", "lag", "throughput", "timing", "flakiness")
PLAIN = ("lint", "types", "unit", "stand_up", *(n for n, s in STORIES.items() if s.plain), "smoke", "stand_down")
nox.options.sessions = PLAIN


@nox.session
def environment(session: nox.Session) -> None:
    """Install what the sessions on services share, and the unit tests."""
    install(session, "test", "profile", extras="report")


@nox.session
def environment_spark(session: nox.Session) -> None:
    """The same with PySpark."""
    install(session, "test", "profile", extras="report,spark")


def shared(extras: str = "", name: str | None = None) -> Callable[[Callable[[nox.Session], None]], object]:
    """A session that runs in the environment with *extras*; `run` finds it."""
    return nox.session(python=False, requires=[ENVIRONMENTS[extras]], name=name)


@nox.session
def lint(session: nox.Session) -> None:
    """Style (ruff, everything on), format, spelling, imports between rooms, Docker's files, no secret in the tree."""
    install(session, "lint", project=False)
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("codespell")
    session.run("lint-imports", "--no-cache", env={"PYTHONPATH": "src"})
    session.run("hadolint", "--config", "docker/hadolint.yaml", *map(str, sorted(Path("docker").rglob("Dockerfile"))))
    careful = ("--fail-on", "low", "--strict-config", "--skip-suppressed", "--no-env")
    session.run("compose-lint", "check", "-q", *careful, "--config", "docker/compose-lint.yml", "docker-compose.yml")
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


@shared()
def unit(session: nox.Session) -> None:
    """Tests that need no service."""
    run(session, "pytest", "tests/unit", "-n2", f"--junitxml={JUNIT}/unit.xml", *session.posargs)


@shared()
def stand_up(session: nox.Session) -> None:
    """Bring the whole stand up for the sessions that follow (plain nox does)."""
    run(session, "invoke", "up", f"--lease={LEASE}")


@shared()
def stand_down(session: nox.Session) -> None:
    """Stop what stand_up started, and nothing else."""
    run(session, "invoke", "down", f"--lease={LEASE}")


@shared("spark")
def timing(session: nox.Session) -> None:
    """How long single operations take; compared, as a ratio, with the runs before (reports/benchmarks)."""
    saved = ["--benchmark-compare"] if any(BENCHMARKS.rglob("*.json")) else []
    columns = ("--benchmark-columns=median,iqr,min,max,rounds", "--benchmark-sort=name", "--benchmark-autosave")
    told = ("--stand", *columns, f"--benchmark-storage={BENCHMARKS}", *saved, *session.posargs)
    run(session, "pytest", "tests/performance", *told, extras="spark")


@shared("spark")
def flakiness(session: nox.Session) -> None:
    """A story (default: delta) ten times in random orders; `-- STORY --runs 3 --busy 0`. Kept in reports/."""
    name, *more = session.posargs or ["delta"]
    story = STORIES[name]
    options = (f"--story={name}", f"--workers={story.workers}", f"--busy={os.cpu_count()}", *more)
    told = ("-m", "lakestand.measure.flakiness", *options, "--", *story.paths, "--stand")
    run(session, "python", *told, extras="spark")


@shared()
def startup(session: nox.Session) -> None:
    """How long a stand of its own takes to come up, fresh and warm; `-- --runs 3 --cold` from an empty cache too."""
    run(session, "python", "-m", "lakestand.measure.startup", *session.posargs)


@shared()
def report(session: nox.Session) -> None:
    """What the sessions left, as reports/latest/report.html; fails when a criterion is not met; `-- --readme`."""
    run(session, "python", "-m", "lakestand.measure.report", *session.posargs)


@nox.session(python=False, requires=list(ENVIRONMENTS.values()))
def acceptance(session: nox.Session) -> None:
    """Everything on a clean stand (deletes the stand's data): all stories, all measurements, and the report."""
    shutil.rmtree(JUNIT, ignore_errors=True)
    SINCE.parent.mkdir(exist_ok=True)
    SINCE.write_text(datetime.now(UTC).isoformat(timespec="seconds"))
    for name in ("clean", *PLAIN, *MEASUREMENTS, "report"):
        session.notify(name)


@shared("spark")
def compose(session: nox.Session) -> None:
    """The stand on Docker Compose, all images built: own tests, startup, memory, the stories; `-- STORY` for some."""
    on = {"LAKESTAND_RUNTIME": "compose", "LAKESTAND_IMAGES": "build", "LAKESTAND_NAME": "compose"}
    told = functools.partial(run, session, extras="spark", env=on)
    chosen = session.posargs or [name for name, story in STORIES.items() if story.compose]
    said = told("invoke", "compose.engine", silent=True)
    try:
        told("invoke", "compose.build")
        told("pytest", "tests/compose", "--stand", f"--junitxml={JUNIT}/compose.xml")
        told("python", "-m", "lakestand.measure.startup", "--runs", "1")
        told("invoke", "up")
        told("python", "-m", "lakestand.measure.memory", "--soak", "0")
        for name in chosen:
            told("pytest", *_story_options(f"compose-{name}", STORIES[name]))
    finally:
        told("invoke", "down", "--volumes")
        if "started" in said:  # not one that ran before
            told("invoke", "compose.engine", "--stop")


@shared()
def clean(session: nox.Session) -> None:
    """Stop the stand and delete its data."""
    run(session, "invoke", "down", "--volumes")


@shared()
def smoke(session: nox.Session) -> None:
    """Every session that plain nox leaves out, at its smallest size (tests/smoke.toml), on the stand that is up."""
    chosen = session.posargs or list(SMOKE)
    failed = [name for name in chosen for arguments in SMOKE[name].runs if not _smoked(session, name, arguments)]
    if failed:
        session.error(f"failed at the smallest size: {', '.join(failed)}")


def _smoked(session: nox.Session, name: str, arguments: Sequence[str]) -> bool:
    for program, why in SMOKE[name].needs.items():
        if not shutil.which(program):
            session.warn(f"{name} is not run: {why}")
            return True
    env = {"LAKESTAND_REPORTS_DIR": str(REPORTS / "smoke"), **SMOKE[name].env}
    command = ("nox", "--envdir", str(session.env_dir.parent), "-s", name, "--", *arguments)
    try:
        session.run(*command, env=env, external=True)
    except CommandFailed:
        return False
    return True


@nox.session(python=False)
def newest(session: nox.Session) -> None:
    """Unit tests, smoke and the roads with the newest of every package instead of the locked: what breaks?"""
    sessions = session.posargs or ("unit", "smoke", "roads")
    folder = str(session.env_dir.parent / "newest")
    session.run("nox", "--envdir", folder, "-s", *sessions, env={NEWEST: "1"}, external=True)


@nox.session
@nox.parametrize("pyiceberg", list(ICEBERG_MATRIX))
def iceberg_matrix(session: nox.Session, pyiceberg: str) -> None:
    """The Iceberg tests with the oldest PyIceberg that is supported, and with the newest."""
    install(session, "test")
    session.install("-q", "--upgrade-package=pyiceberg", f"pyiceberg[pyarrow,pyiceberg-core]{pyiceberg}")
    session.run("pytest", *STORIES["iceberg"].paths, "--stand", *ICEBERG_MATRIX[pyiceberg], *session.posargs)


@nox.session
@nox.parametrize("delta", list(DELTA_MATRIX))
def delta_matrix(session: nox.Session, delta: str) -> None:
    """The Delta tests with the specified Spark, and with the newest, which needs a JDK 17 or 21 on PATH."""
    install(session, "test")
    session.install("-q", *DELTA_MATRIX[delta])
    found = shutil.which("java") if delta.startswith("4") else None
    jdk = {"LAKESTAND_SPARK_JAVA_HOME": str(Path(found).resolve().parent.parent)} if found else {}
    session.run("pytest", *STORIES["delta"].paths, "--stand", *session.posargs, env=jdk)


def _story_options(name: str, story: Story) -> tuple[str, ...]:
    return (*story.paths, "--stand", f"-n{story.workers}", f"--junitxml={JUNIT}/{name}.xml")


def _story(name: str, story: Story) -> None:
    def session(session: nox.Session) -> None:
        run(session, "pytest", *_story_options(name, story), *session.posargs, extras=story.extras)

    session.__doc__ = story.help
    shared(story.extras, name)(session)


def _measurement(name: str, what: Measurement) -> None:
    """On the stand that runs, or on one that is started for it."""

    def session(session: nox.Session) -> None:
        told = functools.partial(run, session, extras=what.extras)
        told("invoke", "up", *(f"--only={service}" for service in what.services), f"--lease={LEASE}")
        try:
            told("python", "-m", f"lakestand.measure.{name}", *session.posargs)
        finally:
            told("invoke", "down", f"--lease={LEASE}")

    session.__doc__ = what.help
    shared(what.extras, name)(session)


for _name, _measured in MEASURED.items():
    _measurement(_name, _measured)
for _name, _what in STORIES.items():
    _story(_name, _what)
