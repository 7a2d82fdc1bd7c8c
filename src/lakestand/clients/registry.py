"""A client of the Schema Registry's Confluent-compatible interface.

confluent_kafka has one too. It cannot take this one's place, for the registry is Apicurio's:

- Apicurio answers NONE for a subject without a compatibility mode of its own, although it judges by the default, unless
  the request has defaultToGlobal, which `SchemaRegistryClient.get_compatibility` does not send.
- The reasons why a schema is incompatible come in an answer of which `SchemaRegistryClient.test_compatibility` returns
  is_compatible alone.
- Apicurio judges nothing of a subject's first version; so `Registry.register` checks that it is Avro.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args
from urllib.parse import quote

import requests
from pydantic import BaseModel, ConfigDict, SecretStr

from lakestand.clients import retry
from lakestand.clients.avro_schema import compact_schema
from lakestand.clients.http import check_status
from lakestand.errors import BadArgument, ErrorStatus, ServiceError
from lakestand.settings import Settings

Mode = Literal["BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE", "NONE"]
MODES: tuple[Mode, ...] = get_args(Mode)
MISSING, CONFLICT = 404, 409


class SchemaRegistryConfig(BaseModel):
    """Where a registry is, and how it is asked.

    Attributes:
        url: without a path.
        compatibility_mode: by which the registry is to judge new versions of subjects without a mode of their own.
        timeout_seconds: limit of each request.
        max_retries: how many requests in all the registry may leave unanswered.
        username: for basic authentication; empty for none.
        password: of that user.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    compatibility_mode: Mode = "BACKWARD"
    timeout_seconds: float = 30
    max_retries: int = 3
    username: str = ""
    password: SecretStr = SecretStr("")


class SchemaVersion(NamedTuple):
    """One version of a subject: its number, the schema's id, and the schema as Avro's JSON."""

    subject: str
    version: int
    id: int
    schema: str

    def __str__(self) -> str:
        return f"{self.subject} version {self.version} (id {self.id})"


def registry_config(settings: Settings) -> SchemaRegistryConfig:
    """Return the configuration of the stand's registry."""
    return SchemaRegistryConfig(url=settings.schema_registry_url)


@dataclass(frozen=True)
class Registry:
    """The registry at `config.url`.

    Every method raises ServiceError when the registry does not answer, and ErrorStatus when it refuses a request.
    """

    config: SchemaRegistryConfig
    _session: requests.Session = field(default_factory=requests.Session, repr=False)

    def subjects(self) -> list[str]:
        """Return the names of all subjects, sorted."""
        return sorted(self._call("GET", "/subjects"))

    def versions(self, subject: str) -> list[int]:
        """Return the numbers of a subject's versions, ascending; none when there is no such subject."""
        try:
            return sorted(self._call("GET", f"{_at(subject)}/versions"))
        except ErrorStatus as err:
            if err.status == MISSING:
                return []
            raise

    def version(self, subject: str, number: int | str = "latest") -> SchemaVersion:
        """Return one version of a subject, by default the newest."""
        version = self._call("GET", f"{_at(subject)}/versions/{number}")
        return SchemaVersion(version["subject"], version["version"], version["id"], version["schema"])

    def schema(self, number: int) -> str:
        """Return the schema with that id, as Avro's JSON."""
        return str(self._call("GET", f"/schemas/ids/{number}")["schema"])

    def place(self, number: int) -> tuple[str, int]:
        """Return subject and version of the schema with that id; of several the one with the highest version."""
        places = self._call("GET", f"/schemas/ids/{number}/versions")
        version, subject = max((p["version"], p["subject"]) for p in places)
        return subject, version

    def register(self, subject: str, schema: str) -> int:
        """Make *schema* the newest version of a subject, if it is not one of its versions already, and return its id.

        Raises:
            BadArgument: when *schema* is no Avro schema.
            ErrorStatus: with status 409 when it is incompatible with the versions before it.
        """
        return int(self._call("POST", f"{_at(subject)}/versions", {"schema": compact_schema(schema)})["id"])

    def check(self, subject: str, schema: str) -> list[str]:
        """Return why *schema* cannot be the subject's next version: nothing if it can, or without a subject."""
        body = {"schema": compact_schema(schema)}
        if not self.versions(subject):
            return []
        verdict = self._call("POST", f"/compatibility{_at(subject)}/versions", body, verbose="true")
        return [] if verdict["is_compatible"] else [str(m) for m in verdict.get("messages") or ["incompatible"]]

    def compatibility(self, subject: str = "") -> str:
        """Return the compatibility mode of a subject, or without a name that of subjects that have none."""
        try:
            # Without the parameter Apicurio answers NONE for a subject without a mode, and judges by the default.
            return str(self._call("GET", _config(subject), defaultToGlobal="true")["compatibilityLevel"])
        except ErrorStatus as err:
            if err.status == MISSING and subject:
                return self.compatibility()
            raise

    def set_compatibility(self, mode: str, subject: str = "") -> None:
        """Set the mode of a subject, or (without a name) the default; BadArgument when there is no such mode."""
        if mode not in MODES:
            raise BadArgument(f"there is no mode {mode}; there are: {', '.join(MODES)}")
        self._call("PUT", _config(subject), {"compatibility": mode})

    def delete(self, subject: str, *, hard: bool = False) -> list[int]:
        """Delete a subject and return the numbers of its versions.

        A soft delete hides them; a hard one, which must follow it, removes them for good.
        """
        more = {"permanent": "true"} if hard else {}
        return sorted(self._call("DELETE", _at(subject), **more))

    def remove(self, subject: str) -> None:
        """Delete a subject for good, hidden or not; nothing happens when there is none."""
        for hard in (False, True):
            try:
                self.delete(subject, hard=hard)
            except ErrorStatus as err:
                if err.status != MISSING:
                    raise

    def _call(self, method: str, path: str, body: object = None, **parameters: str) -> Any:  # noqa: ANN401  JSON is anything
        attempts = self.config.max_retries
        try:
            response = retry.while_unanswered(requests.ConnectionError, requests.Timeout, attempts=attempts)(
                self._ask, method, self.config.url + path, body, parameters
            )
        except requests.RequestException as err:
            raise ServiceError(
                f"Schema Registry: {method} {self.config.url}{path}: {type(err).__name__}; "
                "does it run? invoke up --only schema-registry"
            ) from err
        check_status(response)
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
