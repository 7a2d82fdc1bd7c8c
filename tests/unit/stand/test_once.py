"""What is built once for a machine: never twice, never half."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lakestand.stand.once import build_once


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "seeds" / "kafka"


def fill(folder: Path) -> None:
    folder.mkdir()
    (folder / "data").write_text("complete")


def test_a_build_that_fails_leaves_nothing_and_is_begun_anew(target: Path) -> None:
    def fail(folder: Path) -> None:
        fill(folder)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        build_once(target, fail)

    assert not target.exists()
    assert (build_once(target, fill) / "data").read_text() == "complete"


def test_several_at_once_build_once(target: Path) -> None:
    builds: list[Path] = []

    def build(folder: Path) -> None:
        builds.append(folder)
        fill(folder)

    with ThreadPoolExecutor(8) as pool:
        places = list(pool.map(lambda _: build_once(target, build), range(8)))

    assert (set(places), len(builds)) == ({target}, 1)


def test_what_is_there_is_not_touched_not_even_by_a_lock(target: Path) -> None:
    target.parent.mkdir()
    fill(target)

    build_once(target, fill)
    assert [path.name for path in target.parent.iterdir()] == ["kafka"]


def test_a_file_can_be_built_too(target: Path) -> None:
    def build(path: Path) -> None:
        path.write_text("jar")

    assert build_once(target, build).read_text() == "jar"
