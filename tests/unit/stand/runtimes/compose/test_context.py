"""Docker Compose runs from an installed wheel too: its files and the code are laid out as in a checkout."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from lakestand.stand import configs
from lakestand.stand.runtimes.compose import context
from tests import ROOT
from tests.unit import plain

WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay the files out as the wheel has them, and return the package's folder."""
    package = tmp_path / "site-packages" / "lakestand"
    (package / "stand").mkdir(parents=True)
    (package / "stand" / "container.py").touch()
    for source, target in WHEEL["force-include"].items():
        destination = package.parent / target
        destination.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copyfile
        copy(ROOT / source, destination)
    monkeypatch.setattr(configs, "PACKAGE", package)
    monkeypatch.setattr(configs, "IN_WHEEL", package / "shipped")
    return package


def test_a_checkout_is_its_own_context() -> None:
    assert context.folder(plain.settings()) == ROOT


@pytest.mark.usefixtures("installed")
def test_a_wheels_context_has_what_the_files_name(tmp_path: Path) -> None:
    folder = context.folder(plain.settings(cache_dir=tmp_path / "cache"))

    copied = {
        source
        for file in folder.rglob("Dockerfile")
        for source in re.findall(r"^COPY (?!--from)(?:--\S+ )?(\S+) ", file.read_text(), re.MULTILINE)
    }
    mounted = re.findall(r"- \./(\S+?):", (folder / context.FILE).read_text())
    missing = [path for path in {*copied, *mounted, str(context.BUILD)} if not list(folder.glob(path))]
    # The test's package has no more than one module.
    assert missing == [path for path in missing if path.startswith("src/lakestand/")]
    assert (folder / "src" / "lakestand" / "stand" / "container.py").is_file()
    assert not (folder / "src" / "lakestand" / "shipped").exists()


def test_a_context_is_made_once_for_an_installed_wheel(tmp_path: Path, installed: Path) -> None:
    settings = plain.settings(cache_dir=tmp_path / "cache")
    first = context.folder(settings)
    (installed / "new").touch()

    assert context.folder(settings) != first
