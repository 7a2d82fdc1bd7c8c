"""The random secrets of a stand, created once in .env, which Git ignores."""

from __future__ import annotations

import fcntl
import logging
import os
import secrets as random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lakestand.settings import ENV_FILE, PREFIX, Settings, atomic

HEADER = "# Made by lakestand; secrets of this checkout's stand. Never commit this file.\n"

logger = logging.getLogger(__name__)


def ensure(env_file: Path = ENV_FILE) -> Settings:
    """Give every secret that is empty a random value in *env_file*, and return the settings with all of them."""
    with _turn(env_file):
        settings = Settings.load(env_file)
        missing = [name for name in Settings.secret_fields() if not getattr(settings, name).get_secret_value()]
        if missing:
            logger.info("making secrets in %s: %s", env_file, ", ".join(missing))
            _append(env_file, {PREFIX + name.upper(): random.token_urlsafe(24) for name in missing})
        return Settings.load(env_file)


@contextmanager
def _turn(env_file: Path) -> Iterator[None]:
    """Two stands starting at once make one set of secrets. The folder is locked: that leaves no file behind."""
    folder = os.open(env_file.absolute().parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _append(env_file: Path, values: dict[str, str]) -> None:
    old = env_file.read_text() if env_file.exists() else HEADER
    lines = "".join(f"{name}={value}\n" for name, value in values.items())
    atomic.write_text(env_file, old + ("" if not old or old.endswith("\n") else "\n") + lines, mode=0o600)
