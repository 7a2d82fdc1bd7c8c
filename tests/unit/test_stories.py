"""The sessions of noxfile.py: every test file on services belongs to one story."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from noxfile import STORIES

ROOT = Path(__file__).parents[2]


def test_every_test_file_on_services_runs_in_exactly_one_story() -> None:
    listed = Counter(path for story in STORIES.values() for path in story.paths if not path.startswith("tests/unit"))

    found = [path for folder in ("integration", "e2e") for path in (ROOT / "tests" / folder).rglob("test_*.py")]

    assert listed == Counter(str(path.relative_to(ROOT)) for path in found)
