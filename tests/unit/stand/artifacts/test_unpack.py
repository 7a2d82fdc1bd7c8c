"""Archives in archives, whose members stay in their folder."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from lakestand.errors import ArtifactError
from lakestand.settings import Settings
from lakestand.stand.artifacts.cache import fetch, find_fault, home, verify
from lakestand.stand.artifacts.unpack import unpack
from tests.unit.stand.artifacts.repository import Repository, tar

SET = "schema-registry"  # one that is unpacked


def test_an_archive_is_replaced_by_what_is_in_it(repository: Repository, settings: Settings) -> None:
    repository.publish(SET, {"app": tar(**{"bin/run": "#!/bin/sh"})}, "tar.gz")

    fetch([SET], settings, repository.lock)

    folder = home(SET, settings, repository.lock)
    assert [str(p.relative_to(folder)) for p in folder.rglob("[!.]*") if p.is_file()] == ["bin/run"]
    assert (folder / "bin" / "run").stat().st_mode & 0o777 == 0o755


def test_a_tar_in_a_jar_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "outer.jar", "w") as file:
        file.writestr("inner.tar.gz", tar(server="x"))

    unpack(tmp_path, ("*.jar", "*.tar.gz"))

    assert [p.name for p in tmp_path.iterdir()] == ["server"]


@pytest.mark.parametrize("member", ["../escaped", "inside/../../escaped"])
def test_a_tar_member_outside_the_folder_is_refused(tmp_path: Path, member: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "bad.tar.gz").write_bytes(tar(**{member: "x"}))

    with pytest.raises(ArtifactError, match=r"bad.tar.gz cannot be unpacked"):
        unpack(folder, ("*.tar.gz",))
    assert not (tmp_path / "escaped").exists()


def test_an_absolute_tar_member_stays_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "bad.tar.gz").write_bytes(tar(**{f"{tmp_path}/escaped": "x"}))

    unpack(folder, ("*.tar.gz",))

    assert not (tmp_path / "escaped").exists()


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.tar.gz").write_bytes(tar(door="@/etc"))

    with pytest.raises(ArtifactError, match=r"bad.tar.gz cannot be unpacked"):
        unpack(tmp_path, ("*.tar.gz",))


def test_a_zip_member_never_leaves_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with zipfile.ZipFile(folder / "bad.jar", "w") as file:
        file.writestr("../escaped", "x")

    unpack(folder, ("*.jar",))

    assert [p.name for p in tmp_path.rglob("*")] == ["folder", "escaped"]
    assert (folder / "escaped").is_file()


def test_an_archive_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.tar.gz").write_text("no archive")

    with pytest.raises(ArtifactError, match=r"text.tar.gz cannot be unpacked"):
        unpack(tmp_path, ("*.tar.gz",))


def test_a_missing_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"no \*.txz in"):
        unpack(tmp_path, ("*.txz",))


def test_an_unpacked_file_that_was_tampered_with_fails_the_full_check(
    repository: Repository, settings: Settings
) -> None:
    repository.publish(SET, {"app": tar(run="good")}, "tar.gz")
    fetch([SET], settings, repository.lock)
    (home(SET, settings, repository.lock) / "run").write_text("evil")

    with pytest.raises(ArtifactError, match="run has sha256"):
        verify(SET, settings, repository.lock)


def test_a_damaged_unpacked_set_is_unpacked_afresh(repository: Repository, settings: Settings) -> None:
    repository.publish(SET, {"app": tar(run="good")}, "tar.gz")
    fetch([SET], settings, repository.lock)
    folder = home(SET, settings, repository.lock)
    (folder / "run").write_text("longer")
    (folder / "stray").write_text("not ours")

    fetch([SET], settings, repository.lock)

    assert (find_fault(folder), (folder / "run").read_text()) == ("", "good")
    assert not (folder / "stray").exists()
