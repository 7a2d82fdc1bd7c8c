"""The tables that sessions are made from: stories, measurements, and what the session smoke runs of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import nox

T = TypeVar("T")


@dataclass(frozen=True)
class Story:
    """A table of tests/stories.toml. The services that its tests need are in their marks."""

    help: str
    paths: Sequence[str]
    extras: str = ""
    workers: int = 0
    plain: bool = True
    alone: bool = False
    compose: bool = False


@dataclass(frozen=True)
class Measurement:
    """A table of tests/measurements.toml: a module of lakestand.measure, on the services that it needs."""

    help: str
    services: Sequence[str] = ()
    extras: str = ""


@dataclass(frozen=True)
class Smoke:
    """A table of tests/smoke.toml: how a session that plain nox leaves out runs at its smallest size, or why not.

    It runs once for each list of *runs*, which stands behind `--`, with *env* in its environment, where the programs
    that *needs* names are on PATH; after all others if it is *last*, else beside those that share something else.
    """

    runs: Sequence[Sequence[str]] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    shares: str = ""
    last: bool = False
    reason: str = ""


def _load(path: str, kind: type[T]) -> dict[str, T]:
    tables: dict[str, dict[str, Any]] = nox.project.load_toml(path)
    return {name: kind(**fields) for name, fields in tables.items()}


STORIES = _load("tests/stories.toml", Story)
MEASURED = _load("tests/measurements.toml", Measurement)
SMOKE = _load("tests/smoke.toml", Smoke)
