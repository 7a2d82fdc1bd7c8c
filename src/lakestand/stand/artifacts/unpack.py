"""Unpacking archives in archives, such as a tar in a jar, so that no member ever leaves the folder."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from lakestand.errors import ArtifactError


def unpack(folder: Path, patterns: Sequence[str]) -> None:
    """Replace the archives in *folder* that match each of *patterns*, in turn, by what is in them.

    Raises:
        ArtifactError: when there is no such archive, or one cannot be unpacked.
    """
    for pattern in patterns:
        archives = sorted(folder.glob(pattern))
        if not archives:
            raise ArtifactError(f"no {pattern} in {folder}: the artifact is not made up as expected")
        for archive in archives:
            _extract(archive, folder)
            archive.unlink()


def _extract(archive: Path, folder: Path) -> None:
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as file:
                file.extractall(folder)  # noqa: S202  zipfile drops absolute paths and ".." itself
        else:
            with tarfile.open(archive) as file:
                # The filter refuses what would leave the folder, devices and absolute links.
                _extract_all(file, folder)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as err:
        raise ArtifactError(f"{archive.name} cannot be unpacked: {err}") from err


def _extract_all(file: tarfile.TarFile, folder: Path) -> None:
    if hasattr(tarfile, "data_filter"):
        file.extractall(folder, filter="data")
        return
    # Python before 3.11.4, as Debian 12 has it: no filters yet, so the names are looked at here.
    inside, members = folder.resolve(), file.getmembers()
    for member in members:
        member.name = member.name.lstrip("/")  # as the filter does
        aims = [member.name]
        aims += [str(Path(member.name).parent / member.linkname)] if member.issym() else []
        aims += [member.linkname] if member.islnk() else []
        if member.isdev() or not all((inside / aim).resolve().is_relative_to(inside) for aim in aims):
            raise tarfile.TarError(f"{member.name} would leave the folder")
    file.extractall(folder, members)  # noqa: S202  looked at above
