"""The configuration files under docker/, which all runtimes use."""

from __future__ import annotations

from pathlib import Path
from string import Template

from pydantic import SecretStr

from lakestand.settings import Settings

ROOT = Path(__file__).parents[3]


def path(service: str, name: str) -> Path:
    """Return the path of docker/*service*/*name*."""
    return ROOT / "docker" / service / name


def render(service: str, name: str, settings: Settings, **more: object) -> str:
    """Return the text of docker/*service*/*name* with every ${setting} and *more* filled in; ports have the offset."""
    values = {key: _plain(value) for key, value in settings} | settings.ports() | {"listen": settings.listen} | more
    return Template(path(service, name).read_text()).substitute(values)


def _plain(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
