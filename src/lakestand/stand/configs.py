"""The configuration files under docker/, which both runtimes use."""

from __future__ import annotations

from pathlib import Path
from string import Template

from pydantic import SecretStr

from lakestand.settings import Settings

ROOT = Path(__file__).parents[3]


def path(service: str, name: str) -> Path:
    """Where docker/<service>/<name> lies."""
    return ROOT / "docker" / service / name


def render(service: str, name: str, settings: Settings, **more: object) -> str:
    """docker/<service>/<name> with ${setting} and *more* filled in; ports have the offset."""
    values = {key: _plain(value) for key, value in settings} | settings.ports() | {"listen": settings.listen} | more
    return Template(path(service, name).read_text()).substitute(values)


def _plain(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
