"""The sessions of noxfile.py: every test file on services belongs to one story."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

import pytest
from noxfile import PLAIN

from tests.sessions import matrices
from tests.sessions.tables import SMOKE, STORIES

ROOT = Path(__file__).parents[2]


def test_every_test_file_on_services_runs_in_exactly_one_story() -> None:
    listed = Counter(path for story in STORIES.values() for path in story.paths if not path.startswith("tests/unit"))

    found = [
        path for folder in ("integration", "e2e", "field") for path in (ROOT / "tests" / folder).rglob("test_*.py")
    ]

    assert listed == Counter(str(path.relative_to(ROOT)) for path in found)


@pytest.mark.parametrize("session", [f"iceberg_matrix(pyiceberg={v!r})" for v in matrices.ICEBERG])
def test_each_version_of_pyiceberg_is_a_session(session: str) -> None:
    assert session in listed()


@pytest.mark.parametrize("session", [f"delta_matrix(delta={v!r})" for v in matrices.DELTA])
def test_each_version_of_delta_is_a_session(session: str) -> None:
    assert session in listed()


def test_every_session_is_in_plain_nox_or_in_smoke_and_none_is_in_both() -> None:
    assert Counter([*PLAIN, *SMOKE]) == Counter(listed())


@pytest.mark.parametrize("name", list(SMOKE))
def test_what_smoke_does_not_run_has_a_reason(name: str) -> None:
    assert bool(SMOKE[name].runs) != bool(SMOKE[name].reason)


def listed() -> set[str]:
    """Names of the sessions that nox lists."""
    done = subprocess.run(["nox", "--list"], cwd=ROOT, check=True, capture_output=True, text=True)
    return {line[2:].partition(" -> ")[0] for line in done.stdout.splitlines() if line[:2] in {"* ", "- "}}
