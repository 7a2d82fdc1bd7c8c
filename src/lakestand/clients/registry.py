"""The Schema Registry's Confluent-compatible interface."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args
from urllib.parse import quote

import requests
from pydantic import BaseModel, ConfigDict, SecretStr

from lakestand.clients import retry
from lakestand.clients.http import Answered
from lakestand.errors import ServiceError
from lakestand.settings import Settings

Mode = Literal["BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE", "NONE"]
MODES: tuple[Mode, ...] = get_args(Mode)
MISSING, CONFLICT = 404, 409


class SchemaRegistryConfig(BaseModel):
    """Where a registry is, how it judges new versions, and how long an answer may take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    compatibility_mode: Mode = "BACKWARD"
    timeout_seconds: float = 30
    max_retries: int = 3
    username: str = ""
    password: SecretStr = SecretStr("")


class SchemaVersion(NamedTuple):
    """One version of a subject; *schema* is Avro's JSON."""

    subject: str
    version: int
    id: int
    schema: str

    def __str__(self) -> str:
        return f"{self.subject} version {self.version} (id {self.id})"


def registry_config(settings: Settings) -> SchemaRegistryConfig:
    """The stand's registry."""
    return SchemaRegistryConfig(url=settings.schema_registry_url)


@dataclass(frozen=True)
class Registry:
    """Subjects, their versions and how they are judged. ServiceError when no answer comes, Answered for a refusal."""

    config: SchemaRegistryConfig
    _session: requests.Session = field(default_factory=requests.Session, repr=False)

    def subjects(self) -> list[str]:
        """Names, sorted."""
        return sorted(self._call("GET", "/subjects"))

    def versions(self, subject: str) -> list[int]:
        """Version numbers of a subject, ascending; [] when there is no such subject."""
        try:
            return sorted(self._call("GET", f"{_at(subject)}/versions"))
        except Answered as err:
            if err.status == MISSING:
                return []
            raise

    def version(self, subject: str, number: int | str = "latest") -> SchemaVersion:
        """One version."""
        found = self._call("GET", f"{_at(subject)}/versions/{number}")
        return SchemaVersion(found["subject"], found["version"], found["id"], found["schema"])

    def schema(self, number: int) -> str:
        """The schema with that id, as Avro's JSON."""
        return str(self._call("GET", f"/schemas/ids/{number}")["schema"])

    def place(self, number: int) -> tuple[str, int]:
        """Subject and version of the schema with that id; where it has several, the last."""
        places = self._call("GET", f"/schemas/ids/{number}/versions")
        found = max((p["version"], p["subject"]) for p in places)
        return found[1], found[0]

    def register(self, subject: str, schema: str) -> int:
        """The id of *schema*, which is the subject's newest version now; Answered (409) when it is incompatible."""
        return int(self._call("POST", f"{_at(subject)}/versions", {"schema": _compact(schema)})["id"])

    def check(self, subject: str, schema: str) -> list[str]:
        """Why *schema* cannot be the subject's next version; [] when it can, or when there is no subject yet."""
        body = {"schema": _compact(schema)}
        if not self.versions(subject):
            return []
        found = self._call("POST", f"/compatibility{_at(subject)}/versions", body, verbose="true")
        return [] if found["is_compatible"] else [str(m) for m in found.get("messages") or ["incompatible"]]

    def compatibility(self, subject: str = "") -> str:
        """The mode of a subject, or of all that have none of their own."""
        try:
            # Without the parameter Apicurio says NONE of a subject that has no mode, and judges by the default.
            return str(self._call("GET", _config(subject), defaultToGlobal="true")["compatibilityLevel"])
        except Answered as err:
            if err.status == MISSING and subject:
                return self.compatibility()
            raise

    def set_compatibility(self, mode: str, subject: str = "") -> None:
        """Judge new versions by *mode*; ServiceError when there is no such mode."""
        if mode not in MODES:
            raise ServiceError(f"there is no mode {mode}; there are: {', '.join(MODES)}")
        self._call("PUT", _config(subject), {"compatibility": mode})

    def delete(self, subject: str, *, hard: bool = False) -> list[int]:
        """Hide all versions, or for good, which wants them hidden first; the versions."""
        more = {"permanent": "true"} if hard else {}
        return sorted(self._call("DELETE", _at(subject), **more))

    def remove(self, subject: str) -> None:
        """Delete it for good; nothing happens where there is none, hidden or not."""
        for hard in (False, True):
            try:
                self.delete(subject, hard=hard)
            except Answered as err:
                if err.status != MISSING:
                    raise

    def _call(self, method: str, path: str, body: object = None, **parameters: str) -> Any:  # noqa: ANN401  JSON is anything
        errors, attempts = (requests.ConnectionError, requests.Timeout), self.config.max_retries
        try:
            response = retry.while_unanswered(*errors, attempts=attempts)(
                self._ask, method, self.config.url + path, body, parameters
            )
        except requests.RequestException as err:
            raise ServiceError(
                f"Schema Registry: {method} {self.config.url}{path}: {type(err).__name__}; "
                "does it run? invoke up --only schema-registry"
            ) from err
        if not response.ok:
            raise Answered(response)
        return response.json() if response.content else None

    def _ask(self, method: str, url: str, body: object, parameters: dict[str, str]) -> requests.Response:
        user = (self.config.username, self.config.password.get_secret_value()) if self.config.username else None
        return self._session.request(
            method, url, json=body, params=parameters, auth=user, timeout=self.config.timeout_seconds
        )


def _at(subject: str) -> str:
    return f"/subjects/{quote(subject, safe='')}"


def _config(subject: str) -> str:
    return f"/config/{quote(subject, safe='')}" if subject else "/config"


def _compact(schema: str) -> str:
    """Without blanks; ServiceError when it is no Avro: of a subject without versions the registry judges nothing."""
    from fastavro.schema import SchemaParseException, parse_schema  # noqa: PLC0415  60 ms of every other command

    try:
        parsed = json.loads(schema)
        parse_schema(parsed)
    except json.JSONDecodeError as err:
        raise ServiceError(f"the schema is no JSON: {err}") from err
    except (SchemaParseException, ValueError, TypeError) as err:
        raise ServiceError(f"the schema is no Avro: {' '.join(str(err).split())}") from err
    return json.dumps(parsed, separators=(",", ":"))
