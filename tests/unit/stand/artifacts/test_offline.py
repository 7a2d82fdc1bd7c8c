"""The cache without a network."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lakestand.errors import ArtifactError
from lakestand.settings import Settings
from lakestand.stand.artifacts.cache import fetch, find_fault, home
from tests.unit.stand.artifacts.repository import Repository


def test_a_filled_cache_needs_no_network(repository: Repository, settings: Settings, offline: Settings) -> None:
    fetch(["tools"], settings, repository.lock)

    assert fetch(["tools"], offline, repository.lock).files == 0


def test_a_filled_cache_may_be_copied(
    repository: Repository, settings: Settings, offline: Settings, tmp_path: Path
) -> None:
    fetch(["tools"], settings, repository.lock)
    shutil.copytree(settings.cache_dir, tmp_path / "copy")

    moved = offline.model_copy(update={"cache_dir": tmp_path / "copy"})

    assert fetch(["tools"], moved, repository.lock).files == 0


def test_an_empty_cache_says_in_one_line_what_is_missing(repository: Repository, offline: Settings) -> None:
    repository.publish("paint", {"red": b"r" * 2_000_000})

    with pytest.raises(ArtifactError) as caught:
        fetch(["tools", "paint"], offline, repository.lock)
    assert str(caught.value) == (
        "cannot reach http://127.0.0.1:9 (ConnectionError): 3 files (2 MB) missing for paint, tools; "
        f"check the network, or copy a filled cache to {offline.cache_dir}, "
        "or set LAKESTAND_MAVEN_URL to a mirror"
    )


def test_what_came_before_the_network_failed_is_kept(repository: Repository, settings: Settings) -> None:
    nail = repository.files.pop("nail-1.0.jar")
    with pytest.raises(ArtifactError, match="HTTP 404"):
        fetch(["tools"], settings, repository.lock)
    assert find_fault(home("tools", settings, repository.lock)).endswith("is missing")

    repository.files["nail-1.0.jar"] = nail
    assert fetch(["tools"], settings, repository.lock).files == 1
