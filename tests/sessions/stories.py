"""How pytest is called for the tests of a story."""

from __future__ import annotations

from tests.sessions.environments import REPORTS
from tests.sessions.tables import Story

JUNIT = REPORTS / "junit"


def options(name: str, story: Story) -> tuple[str, ...]:
    """The options for *story*, whose results are kept as *name*."""
    return (*story.paths, "--stand", f"-n{story.workers}", f"--junitxml={JUNIT}/{name}.xml")
