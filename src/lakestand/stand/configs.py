"""The files that services read: docker/, Docker Compose's file and the runbooks, which the wheel carries too."""

from __future__ import annotations

from pathlib import Path
from string import Template

from pydantic import SecretStr

from lakestand.settings import Settings

# The code of this project, and the folder from which it is imported.
PACKAGE = Path(__file__).parents[1]
IMPORTED_FROM = PACKAGE.parent
# The wheel has these files in the package; in a checkout, and in an image, they are where people look for them.
IN_WHEEL = PACKAGE / "shipped"
FOLDER = IN_WHEEL if IN_WHEEL.exists() else IMPORTED_FROM.parent
RUNBOOKS = FOLDER / "docs" / "infrastructure" / "alertmanager-config.md"


def path(service: str, name: str) -> Path:
    """Return the path of docker/*service*/*name*."""
    return FOLDER / "docker" / service / name


def render(service: str, name: str, settings: Settings, **more: object) -> str:
    """Return the text of docker/*service*/*name* with every ${setting} and *more* filled in; ports have the offset."""
    values = {key: _plain(value) for key, value in settings} | settings.ports() | {"listen": settings.listen} | more
    return Template(path(service, name).read_text()).substitute(values)


def _plain(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
