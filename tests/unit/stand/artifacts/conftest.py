"""A cache of a test's own, and the repository that fills it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lakestand.settings import Settings
from tests.unit.stand.artifacts.repository import Repository, serving


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    """Set "tools" with two files is published."""
    with serving(tmp_path / "lock.json") as repository:
        repository.publish("tools", {"hammer": b"h" * 3000, "nail": b"n" * 2000})
        yield repository


@pytest.fixture
def settings(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Its cache is empty, its Maven repository ours."""
    monkeypatch.setenv("LAKESTAND_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("LAKESTAND_MAVEN_URL", repository.url)
    return Settings.load(tmp_path / ".env")


@pytest.fixture
def offline(settings: Settings) -> Settings:
    """The same cache, and a repository that nobody answers for."""
    return settings.model_copy(update={"maven_url": "http://127.0.0.1:9"})
