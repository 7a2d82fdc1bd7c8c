"""Settings as nobody changed them: no environment, no .env."""

from __future__ import annotations

from typing import Any

from lakestand.settings import Settings

SECRET = "hunter2"  # noqa: S105  so that a test can look for it


def settings(**more: object) -> Settings:
    """The defaults, with *more* in their place; every secret is SECRET."""
    fields = Settings.model_fields.items()
    defaults = {name: field.get_default(call_default_factory=True) for name, field in fields}
    given: dict[str, Any] = defaults | dict.fromkeys(Settings.secret_fields(), SECRET) | more
    return Settings(**given)
