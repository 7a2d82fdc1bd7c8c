"""Files that are not the pinned ones: in the cache, on the way, and at the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakestand.errors import ArtifactError
from lakestand.settings import Settings
from lakestand.stand.artifacts.cache import fetch, find_fault, home, verify
from tests.unit.stand.artifacts.repository import Repository


@pytest.fixture
def folder(repository: Repository, settings: Settings) -> Path:
    """The fetched set."""
    fetch(["tools"], settings, repository.lock)
    repository.asked.clear()
    return home("tools", settings, repository.lock)


def test_a_truncated_file_alone_is_fetched_again(folder: Path, repository: Repository, settings: Settings) -> None:
    (folder / "nail-1.0.jar").write_bytes(b"n" * 1999)

    assert fetch(["tools"], settings, repository.lock).files == 1
    assert (folder / "nail-1.0.jar").read_bytes() == b"n" * 2000
    assert repository.asked == {"nail-1.0.jar": 1}


def test_a_deleted_file_alone_is_fetched_again(folder: Path, repository: Repository, settings: Settings) -> None:
    (folder / "hammer-1.0.jar").unlink()

    fetch(["tools"], settings, repository.lock)

    assert (find_fault(folder), repository.asked) == ("", {"hammer-1.0.jar": 1})


def test_a_repair_also_replaces_files_of_the_right_size(
    folder: Path, repository: Repository, settings: Settings
) -> None:
    (folder / "hammer-1.0.jar").unlink()
    (folder / "nail-1.0.jar").write_bytes(b"x" * 2000)

    assert fetch(["tools"], settings, repository.lock).files == 2
    verify("tools", settings, repository.lock)


def test_a_tampered_file_fails_the_full_check(folder: Path, repository: Repository, settings: Settings) -> None:
    (folder / "nail-1.0.jar").write_bytes(b"x" * 2000)

    with pytest.raises(ArtifactError, match=r"nail-1.0.jar has sha256 .* instead of .*: rm -r '.*', then invoke"):
        verify("tools", settings, repository.lock)


@pytest.mark.parametrize("text", ["", "3000 hammer-1.0.jar\n20"])
def test_a_damaged_list_of_sizes_is_made_again(
    folder: Path, repository: Repository, settings: Settings, text: str
) -> None:
    (folder / ".files").write_text(text)

    fetch(["tools"], settings, repository.lock)

    assert (folder / ".files").read_text() == "3000 hammer-1.0.jar\n2000 nail-1.0.jar\n"
    assert repository.asked == {}


def test_a_repair_leaves_nothing_but_the_set(folder: Path, repository: Repository, settings: Settings) -> None:
    (folder / "nail-1.0.jar").unlink()

    fetch(["tools"], settings, repository.lock)

    assert sorted(p.name for p in folder.parent.iterdir()) == [folder.name, f"{folder.name}.lock"]


def test_another_file_at_the_repository_is_refused(repository: Repository, settings: Settings) -> None:
    repository.files["nail-1.0.jar"] = b"x" * 2000

    with pytest.raises(ArtifactError, match=r"org.example:nail:1.0:jar: the file at http.* is not the pinned one"):
        fetch(["tools"], settings, repository.lock)
    assert not home("tools", settings, repository.lock).exists()


def test_an_endless_file_is_refused_early(repository: Repository, settings: Settings) -> None:
    repository.files["nail-1.0.jar"] = b"n" * 5_000_000

    with pytest.raises(ArtifactError, match=r"\(1,048,576 bytes, .*\) is not the pinned one \(2,000 bytes"):
        fetch(["tools"], settings, repository.lock)


def test_a_damaged_file_that_cannot_be_had_again_is_named(
    folder: Path, repository: Repository, offline: Settings
) -> None:
    (folder / "nail-1.0.jar").write_bytes(b"")

    with pytest.raises(ArtifactError, match=r"nail-1.0.jar is damaged; cannot reach .*: 1 files \(0 MB\) missing"):
        fetch(["tools"], offline, repository.lock)


def test_an_answer_that_ends_in_the_middle_is_asked_for_again(repository: Repository, settings: Settings) -> None:
    repository.cut["nail-1.0.jar"] = 2

    fetch(["tools"], settings, repository.lock)

    assert repository.asked == {"hammer-1.0.jar": 1, "nail-1.0.jar": 3}


def test_a_repository_that_is_busy_is_asked_three_times(repository: Repository, settings: Settings) -> None:
    repository.unavailable["nail-1.0.jar"] = 3

    with pytest.raises(ArtifactError, match=r"nail-1.0.jar answered HTTP 503"):
        fetch(["tools"], settings, repository.lock)
    assert repository.asked["nail-1.0.jar"] == 3


def test_a_file_that_the_repository_lacks_is_asked_for_once(repository: Repository, settings: Settings) -> None:
    del repository.files["nail-1.0.jar"]

    with pytest.raises(ArtifactError, match=r"nail-1.0.jar answered HTTP 404"):
        fetch(["tools"], settings, repository.lock)
    assert repository.asked["nail-1.0.jar"] == 1
