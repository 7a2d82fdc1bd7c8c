"""Everything that is checked or measured. `nox --list` names the sessions.

Plain `nox` brings one stand up, checks the code, runs every story on the stand, and takes it down again, two sessions
at a time where they allow it. What runs already before a session is left running after it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent))  # nox does not

from tests.sessions import containers, matrices, measurements, smallest
from tests.sessions import wheel as wheels
from tests.sessions.environments import ENVIRONMENTS, EXTRAS, LEASE, NEWEST, REPORTS, install, run
from tests.sessions.stories import JUNIT, options
from tests.sessions.tables import MEASURED, SMOKE, STORIES, Measurement, Story

nox.needs_version = ">=2026.8"
nox.options.default_venv_backend = "uv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_external_run = True

BENCHMARKS = REPORTS / "benchmarks"
# The report judges nothing that was measured before the moment in this file.
SINCE = REPORTS / "since"
MEASUREMENTS = ("startup", "memory", "lag", "throughput", "timing", "flakiness")
PLAIN = ("stand_up", "lint", "types", "unit", *(n for n, s in STORIES.items() if s.plain), "smoke", "stand_down")
nox.options.sessions = PLAIN
if len(sys.argv) == 1:  # a session that is asked for by name shows its output as it comes
    nox.options.parallel = 2


@nox.session
def environment(session: nox.Session) -> None:
    """Install what the sessions on services share, and the unit tests."""
    install(session, "test", "profile", extras=EXTRAS)


@nox.session
def environment_spark(session: nox.Session) -> None:
    """The same with PySpark."""
    install(session, "test", "profile", extras=f"{EXTRAS},spark")


def shared(
    extras: str = "", name: str | None = None, *, alone: bool = True
) -> Callable[[Callable[[nox.Session], None]], object]:
    """A session that runs in the environment with *extras*, where `run` finds it; *alone*, or beside another one."""
    return nox.session(python=False, requires=[ENVIRONMENTS[extras]], name=name, allow_parallel=not alone)


@nox.session(allow_parallel=True)
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
    # What git knows only: .env and a running stand's data hold secrets by design.
    tracked = str(session.run("git", "ls-tree", "--name-only", "HEAD", external=True, silent=True)).split()
    session.run("kingfisher", "scan", *tracked, "--no-update-check", "--no-validate", "--git-history=none")


@nox.session(allow_parallel=True)
def types(session: nox.Session) -> None:
    """Strict mypy, over the tests, the tasks and this file too."""
    install(session, "types", extras=EXTRAS)
    session.run("mypy")


@shared(alone=False)
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
    more = ("--stand", *columns, f"--benchmark-storage={BENCHMARKS}", *saved, *session.posargs)
    run(session, "pytest", "tests/performance", *more, extras="spark")


@shared("spark")
def flakiness(session: nox.Session) -> None:
    """A story (default: delta) ten times in random orders; `-- STORY --runs 3 --busy 0`. Kept in reports/."""
    name, *more = session.posargs or ["delta"]
    story = STORIES[name]
    how = (f"--story={name}", f"--workers={story.workers}", f"--busy={os.cpu_count()}", *more)
    run(session, "python", "-m", "lakestand.measure.flakiness", *how, "--", *story.paths, "--stand", extras="spark")


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
    containers.run(session, session.posargs or [name for name, story in STORIES.items() if story.compose])


@nox.session(python=False)
def wheel(session: nox.Session) -> None:
    """The wheel without a checkout: built, installed in an empty folder, up, demo and down; `-- --rows 1000`."""
    wheels.run(session, session.posargs or ("--rows", "1000"))


@nox.session(python=False)
def examples(session: nox.Session) -> None:
    """The projects of examples/ in folders of their own, on the wheel: their tests start what they need."""
    wheels.examples(session)


@shared()
def clean(session: nox.Session) -> None:
    """Stop the stand and delete its data."""
    run(session, "invoke", "down", "--volumes")


@nox.session(python=False, requires=list(ENVIRONMENTS.values()))
def smoke(session: nox.Session) -> None:
    """Every session that plain nox leaves out, at its smallest size (tests/smoke.toml), on the stand that is up."""
    smallest.run(session, session.posargs or list(SMOKE))


@nox.session(python=False)
def newest(session: nox.Session) -> None:
    """Unit tests, smoke and the roads with the newest of every package instead of the locked: what breaks?"""
    sessions = session.posargs or ("unit", "smoke", "roads")
    folder = str(session.env_dir.parent / "newest")
    session.run("nox", "--envdir", folder, "-s", *sessions, env={NEWEST: "1"}, external=True)


@nox.session
@nox.parametrize("pyiceberg", list(matrices.ICEBERG))
def iceberg_matrix(session: nox.Session, pyiceberg: str) -> None:
    """The Iceberg tests with the oldest PyIceberg that is supported, and with the newest."""
    matrices.iceberg(session, pyiceberg)


@nox.session
@nox.parametrize("delta", list(matrices.DELTA))
def delta_matrix(session: nox.Session, delta: str) -> None:
    """The Delta tests with the specified Spark, and with the newest, which needs a JDK 17 or 21 on PATH."""
    matrices.delta(session, delta)


def _story(name: str, story: Story) -> None:
    def session(session: nox.Session) -> None:
        run(session, "pytest", *options(name, story), *session.posargs, extras=story.extras)

    session.__doc__ = story.help
    shared(story.extras, name, alone=story.alone)(session)


def _measurement(name: str, what: Measurement) -> None:
    def session(session: nox.Session) -> None:
        measurements.run(session, name, what)

    session.__doc__ = what.help
    shared(what.extras, name)(session)


for _name, _measured in MEASURED.items():
    _measurement(_name, _measured)
for _name, _what in STORIES.items():
    _story(_name, _what)
