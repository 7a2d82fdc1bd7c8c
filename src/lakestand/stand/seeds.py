"""Seeds: data directories that take long to initialize, made once and copied for every stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lakestand.settings import Settings
from lakestand.stand.once import build_once


def ensure(settings: Settings, name: str, fill: Callable[[Path], None]) -> Path:
    """Return the folder of the seed *name* in the cache; *fill* fills it, a new folder, when it is missing."""

    def build(folder: Path) -> None:
        folder.mkdir()
        fill(folder)

    return build_once(settings.cache_dir / "seeds" / name, build)
