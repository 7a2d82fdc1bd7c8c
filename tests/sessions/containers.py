"""The stand and its stories on Docker Compose, with an engine that is started where none answers."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import nox

from tests.sessions import environments
from tests.sessions.stories import JUNIT, options
from tests.sessions.tables import STORIES

ENV = {"LAKESTAND_RUNTIME": "compose", "LAKESTAND_IMAGES": "build", "LAKESTAND_NAME": "compose"}


def run(session: nox.Session, stories: Iterable[str]) -> None:
    """Build all images; run the runtime's own tests, startup, memory, and *stories*; leave neither stand nor engine."""
    command = functools.partial(environments.run, session, extras="spark", env=ENV)
    engine = command("invoke", "compose.engine", silent=True)
    try:
        command("invoke", "compose.build")
        command("pytest", "tests/compose", "--stand", f"--junitxml={JUNIT}/compose.xml")
        command("python", "-m", "lakestand.measure.startup", "--runs", "1")
        command("invoke", "up")
        command("python", "-m", "lakestand.measure.memory", "--soak", "0")
        for name in stories:
            command("pytest", *options(f"compose-{name}", STORIES[name]))
    finally:
        command("invoke", "down", "--volumes")
        if "started" in engine:  # not one that ran before
            command("invoke", "compose.engine", "--stop")
