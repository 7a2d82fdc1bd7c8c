"""One SPARK_HOME for all environments of a machine, and with it one class-data archive."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lakestand.settings import Settings
from lakestand.spark import archive, home, java, session
from lakestand.stand.services import spark


@pytest.fixture
def empty(settings: Settings, tmp_path: Path) -> Settings:
    """Return settings with a cache of its own, which is empty."""
    return settings.model_copy(update={"cache_dir": tmp_path})


def jars(folder: Path) -> dict[str, int]:
    """Return the jars' names and times of last change, by which a JVM knows them again."""
    return {jar.name: jar.stat().st_mtime_ns for jar in (folder / "jars").iterdir()}


def test_the_home_has_the_jars_of_the_installed_pyspark_and_is_made_once(empty: Settings) -> None:
    created = home.ensure(empty)
    (created / "mark").touch()

    assert jars(created) == jars(spark.home())
    assert home.ensure(empty) == created
    assert (created / "mark").exists()


def test_what_a_killed_process_left_half_made_is_made_anew(empty: Settings) -> None:
    where = home.ensure(empty)
    where.rename(f"{where}.part")
    (Path(f"{where}.part") / "jars" / "stray.jar").touch()

    assert jars(home.ensure(empty)) == jars(spark.home())


def test_another_environment_takes_the_same_archive(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    jars_of_session, version = session.jar_paths(settings), session.pyspark_version()
    mine = archive.archive_path(settings, jars_of_session, java.home(settings, version))
    monkeypatch.setattr(sys, "prefix", "/elsewhere")

    assert archive.archive_path(settings, jars_of_session, java.home(settings, version)) == mine
