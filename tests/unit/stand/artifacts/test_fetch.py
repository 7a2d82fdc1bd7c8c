"""What a fetch downloads, what it leaves in the cache, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakestand.errors import ArtifactError, BadArgument
from lakestand.settings import Settings
from lakestand.stand.artifacts.cache import fetch, find_fault, home, verify
from tests.unit.stand.artifacts.repository import Repository


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))


def test_a_fetched_set_holds_the_pinned_files(repository: Repository, settings: Settings) -> None:
    done = fetch(["tools"], settings, repository.lock)

    folder = home("tools", settings, repository.lock)
    assert names(folder) == ["hammer-1.0.jar", "nail-1.0.jar"]
    assert (folder / "nail-1.0.jar").read_bytes() == b"n" * 2000
    assert (done.files, done.megabytes) == (2, 0.005)


def test_a_complete_set_is_not_asked_for_again(repository: Repository, settings: Settings) -> None:
    fetch(["tools"], settings, repository.lock)

    again = fetch(["tools"], settings, repository.lock)

    assert (again.files, str(again)) == (0, "every artifact is in the cache")
    assert repository.asked == {"hammer-1.0.jar": 1, "nail-1.0.jar": 1}


def test_several_sets_come_in_one_fetch(repository: Repository, settings: Settings) -> None:
    repository.publish("paint", {"red": b"r" * 10})

    assert fetch(["tools", "paint", "tools"], settings, repository.lock).files == 3
    assert not find_fault(home("paint", settings, repository.lock))


def test_a_bumped_version_lies_beside_the_old_one(repository: Repository, settings: Settings) -> None:
    before = home("tools", settings, repository.lock)
    repository.publish("tools", {"hammer": b"H" * 3000})

    assert home("tools", settings, repository.lock) != before


def test_an_unknown_set_is_refused_with_the_known_ones(repository: Repository, settings: Settings) -> None:
    with pytest.raises(BadArgument, match="called tulos; there are: tools"):
        fetch(["tulos"], settings, repository.lock)


def test_without_a_terminal_each_set_is_one_line(
    repository: Repository, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(["tools"], settings, repository.lock)

    assert capsys.readouterr().err == "fetched tools: 2 files, 0.0 MB\n"


def test_a_silent_fetch_prints_nothing(
    repository: Repository, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(["tools"], settings, repository.lock, progress=False)

    assert capsys.readouterr() == ("", "")


def test_a_cache_that_cannot_be_written_is_named(repository: Repository, settings: Settings) -> None:
    settings.cache_dir.write_text("a file where the folder should be")

    with pytest.raises(ArtifactError, match=r"cannot write to the cache: .* LAKESTAND_CACHE_DIR"):
        fetch(["tools"], settings, repository.lock)


def test_a_fetched_set_passes_the_full_check(repository: Repository, settings: Settings) -> None:
    fetch(["tools"], settings, repository.lock)

    verify("tools", settings, repository.lock)
