"""Every address, credential and limit of a stand, each with a sentence; the only reader of the environment."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from lakestand import logs
from lakestand.errors import BadSetting
from lakestand.settings.addresses import Addresses
from lakestand.settings.heaps import Heaps
from lakestand.settings.images import Images
from lakestand.settings.values import Values

PREFIX = "LAKESTAND_"
ENV_FILE = Path(".env")


class Settings(Values, Images, Heaps, Addresses):
    """What may differ between two machines or two stands.

    Each field is read from LAKESTAND_<FIELD> in the environment, else in .env. Fields hold what was set: ask
    `port`, `reach` and the addresses for what a client uses.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    @classmethod
    def load(cls, env_file: Path = ENV_FILE) -> Settings:
        """Return the settings of this shell and *env_file*, with what the stand remembers: runtime and port offset.

        Raises:
            BadSetting: for a name that is no setting, or a value that its setting cannot have.
        """
        in_file = {name for name, value in dotenv_values(env_file).items() if value is not None}
        _refuse_unknown({*in_file, *os.environ})
        try:
            settings = cls(_env_file=env_file)  # type: ignore[call-arg]  # known to BaseSettings only
        except ValidationError as err:
            raise BadSetting("; ".join(_describe(e["loc"], e["msg"]) for e in err.errors())) from None
        logs.hide(settings.secrets())
        return _recall_offset(_recall_runtime(settings))

    @property
    def within(self) -> Settings:
        """The settings as services see each other: natively the same, in containers by name and at default ports."""
        if self.runtime != "compose":
            return self
        defaults = {name: type(self).model_fields[name].default for name in ("port_offset", *self.port_fields())}
        for_clients_outside = {
            "kafka_advertised": f"{self.host}:{self.port('kafka')}",
            "alertmanager_external_url": self.alertmanager_url,
            "runbook_url": self.runbooks,
        }
        return self.model_copy(update=defaults | for_clients_outside | {"inside": True})


def load(env_file: Path = ENV_FILE) -> Settings:
    """The same as `Settings.load`, under the name that programs outside of this package call: `settings.load()`."""
    return Settings.load(env_file)


def _recall_runtime(settings: Settings) -> Settings:
    """*settings* with the runtime that the stand was brought up on, unless another is asked for."""
    if settings.runtime != "auto" or settings.inside or not settings.runtime_file.exists():
        return settings
    runtime, images = settings.runtime_file.read_text().split()
    return settings.model_copy(update={"runtime": runtime, "images": images})


def _recall_offset(settings: Settings) -> Settings:
    """*settings* with the offset by which the ports have moved by themselves, unless ports were given."""
    if settings.has_given_ports or settings.inside or not settings.offset_file.exists():
        return settings
    return settings.model_copy(update={"port_offset": int(settings.offset_file.read_text())})


def _refuse_unknown(names: Iterable[str]) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted(names):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "`invoke settings` lists them all"
            raise BadSetting(f"unknown setting {name}: {hint}")


def _describe(where: tuple[int | str, ...], message: str) -> str:
    # The value itself stays out: it may be a secret.
    if not where:
        return message.removeprefix("Value error, ")
    return f"{PREFIX}{'.'.join(map(str, where)).upper()}: {message}"
