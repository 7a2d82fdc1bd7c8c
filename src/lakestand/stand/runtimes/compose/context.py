"""What Docker Compose reads and builds images from: the checkout, or a copy of the wheel that is laid out like one."""

from __future__ import annotations

import shutil
from pathlib import Path

from lakestand.settings import Settings
from lakestand.stand import configs
from lakestand.stand.once import build_once

FILE, BUILD = Path("docker-compose.yml"), Path("docker", "compose.build.yml")


def folder(settings: Settings) -> Path:
    """Return the folder with FILE, docker/, src/ and pyproject.toml; a wheel that was installed anew gets a new one."""
    if not configs.IN_WHEEL.exists():
        return configs.FOLDER
    return build_once(settings.cache_dir / "compose" / f"{configs.PACKAGE.stat().st_mtime_ns:x}", lay_out)


def lay_out(target: Path) -> None:
    """Copy the wheel's files and code to *target*, a new folder, as they lie in a checkout."""
    shutil.copytree(configs.IN_WHEEL, target)
    ignored = shutil.ignore_patterns(configs.IN_WHEEL.name, "__pycache__")
    shutil.copytree(configs.PACKAGE, target / "src" / configs.PACKAGE.name, ignore=ignored)
