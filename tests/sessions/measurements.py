"""A measurement on the stand that runs, or on one that is started for it."""

from __future__ import annotations

import functools

import nox

from tests.sessions import environments
from tests.sessions.environments import LEASE
from tests.sessions.tables import Measurement


def run(session: nox.Session, name: str, what: Measurement) -> None:
    """Run lakestand.measure.*name*; what it needs and does not run is started, and stopped afterwards."""
    command = functools.partial(environments.run, session, extras=what.extras)
    lease = f"--lease={LEASE}-{name}"  # of its own: a stand that was up before stays up
    command("invoke", "up", *(f"--only={service}" for service in what.services), lease)
    try:
        command("python", "-m", f"lakestand.measure.{name}", *session.posargs)
    finally:
        command("invoke", "down", lease)
