"""docs/: the index lists every page, and the reference pages list everything that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import ROOT
from tests.sessions.tables import MEASURED, SMOKE, STORIES

DOCS = ROOT / "docs"
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if page != DOCS / "README.md"]
# Sessions that others need, and that nobody asks for by name.
INTERNAL = {"environment", "environment_spark", "clean"}
SESSIONS = sorted({*STORIES, *MEASURED, *(name.partition("(")[0] for name in SMOKE)} - INTERNAL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_index_links_to_every_page_once(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (DOCS / "README.md").read_text())

    assert links.count(str(page.relative_to(DOCS))) == 1


@pytest.mark.parametrize("session", SESSIONS)
def test_the_page_of_sessions_lists_every_session_that_a_person_runs(session: str) -> None:
    rows = [line for line in (DOCS / "sessions.md").read_text().splitlines() if line.startswith("| `nox")]

    assert sum(f"`nox -s {session}`" in row.partition(" |")[0] for row in rows) == 1
