"""Everything that is checked or measured. `nox --list` names the sessions.

Plain `nox` checks the code, brings one stand up, runs every story on it, and takes it down again.
What runs already before a session is left running after it.
"""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import nox

nox.needs_version = ">=2026.8"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_external_run = True

Env = Mapping[str, str | None]
NONE: Env = {}
PYPROJECT = nox.project.load_toml("pyproject.toml")
# Tests start hundreds of Pythons, which import three times as fast with bytecode.
BYTECODE: Env = {"PYTHONDONTWRITEBYTECODE": ""}
# The project's extras → the session that makes the environment with them, which many sessions share.
ENVIRONMENTS = {"": "environment", "spark": "environment_spark"}
LEASE = "nox"
BENCHMARKS = Path("reports/benchmarks")
JUNIT = Path("reports/junit")
# The report judges nothing that was measured before the moment in this file.
SINCE = Path("reports/since")
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


@dataclass(frozen=True)
class Story:
    """A table of tests/stories.toml. The services that its tests need are said by their marks."""

    help: str
    paths: Sequence[str]
    extras: str = ""
    workers: int = 0
    plain: bool = True
    compose: bool = False


@dataclass(frozen=True)
class Measurement:
    """A table of tests/measurements.toml: a module of lakestand.measure, on the services that it needs."""

    help: str
    services: Sequence[str] = ()
    extras: str = ""


STORIES = {name: Story(**fields) for name, fields in nox.project.load_toml("tests/stories.toml").items()}
MEASURED = {n: Measurement(**fields) for n, fields in nox.project.load_toml("tests/measurements.toml").items()}
MEASUREMENTS = ("startup", "memory", "lag", "throughput", "timing", "flakiness")
PLAIN = ("lint", "types", "unit", "stand_up", *(n for n, s in STORIES.items() if s.plain), "stand_down")
nox.options.sessions = PLAIN


def install(session: nox.Session, *groups: str, project: bool = True, extras: str = "") -> None:
    """Dependency groups of pyproject.toml, and the project itself with its *extras*."""
    session.env.update(BYTECODE)
    if project:
        session.install("-q", f"-e.[{extras}]" if extras else "-e.")
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, *groups))


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


def run(
    session: nox.Session, program: str, *arguments: str, extras: str = "", env: Env = NONE, silent: bool = False
) -> str:
    """A program of the environment with *extras*; what it printed, when it is *silent*."""
    folder = (session.env_dir.parent / ENVIRONMENTS[extras] / "bin").resolve()
    found = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", **BYTECODE, **env}
    return str(session.run(str(folder / program), *arguments, env=found, silent=silent))


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


@nox.session
@nox.parametrize("pyiceberg", list(ICEBERG_MATRIX))
def iceberg_matrix(session: nox.Session, pyiceberg: str) -> None:
    """The Iceberg tests with the oldest PyIceberg that is supported, and with the newest."""
    install(session, "test")
    session.install("-q", "--upgrade", f"pyiceberg[pyarrow,pyiceberg-core]{pyiceberg}")
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
