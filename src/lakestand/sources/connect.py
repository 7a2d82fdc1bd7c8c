"""A client of Kafka Connect's REST interface, for Debezium's connectors."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from lakestand import probe
from lakestand.clients.http import call
from lakestand.errors import ConnectorFailed, ErrorStatus, NotReady, ServiceError
from lakestand.sources.connector import DebeziumConnectorConfig

T = TypeVar("T")
CONFLICT, MISSING, FAULT = 409, 404, 500
# While its workers rebalance, which takes a second or two, Connect refuses requests.
REBALANCE_SECONDS = 30.0
# For at most so long Connect still reports FAILED for a task that it is restarting.
STALE_SECONDS = 5.0
# What producer and broker say of a row that is too large for them, and what helps.
LARGE = (
    "which is the value of the max.request.size",
    "larger than the max message size",
    "larger than the total memory",
)
TOO_LARGE = (
    "One row is larger than LAKESTAND_LARGEST_RECORD_MB: set it higher, then invoke restart kafka, invoke restart "
    "connect, and register the connector again"
)


@dataclass(frozen=True)
class DebeziumClient:
    """The connectors of the Connect cluster at *url*.

    Every method waits for the end of a rebalance. It raises ServiceError when Connect does not answer, and ErrorStatus,
    a ServiceError too, when it refuses a request, as with 404 for a connector that does not exist.
    """

    url: str

    def create_connector(self, config: DebeziumConnectorConfig) -> bool:
        """Create a connector, or update its configuration, and return whether anything changed."""
        properties, known = config.to_dict(), self.connector_exists(config.name)
        if known and self._ask("GET", config.name, "/config") == properties | {"name": config.name}:
            return False
        self.configure(config.name, properties)
        return True

    def configure(self, name: str, properties: Mapping[str, str]) -> None:
        """Give a connector these properties and no others; it is created where it does not exist."""
        exists = self.connector_exists(name)
        self._ask("PUT", name, "/config", dict(properties))
        if exists:
            self._outlast_failure(name)

    def get_connector(self, name: str) -> dict[str, Any]:
        """Return a connector's name, configuration and tasks."""
        return dict(self._ask("GET", name))

    def delete_connector(self, name: str) -> None:
        """Delete a connector; its offsets stay."""
        self._ask("DELETE", name)

    def get_connector_status(self, name: str) -> dict[str, Any]:
        """Return the states of a connector and of its tasks."""
        return dict(self._ask("GET", name, "/status"))

    def is_running(self, name: str) -> bool:
        """Return whether a connector and all its tasks, at least one, are RUNNING; ConnectorFailed when one FAILED."""
        try:
            status = self.get_connector_status(name)
        except ErrorStatus as err:
            if err.status == MISSING:  # created, but not assigned yet
                return False
            raise
        parts = [status["connector"], *status["tasks"]]
        for part in parts:
            if part["state"] == "FAILED":
                raise ConnectorFailed(f"connector {name} FAILED: {root_cause(part.get('trace', ''))}")
        return len(parts) > 1 and all(p["state"] == "RUNNING" for p in parts)

    def wait_until_running(self, name: str, timeout: float = 60.0) -> None:
        """Wait until `is_running`; ConnectorFailed when a task FAILED, or after *timeout* seconds."""
        try:
            probe.until(lambda: self.is_running(name), timeout, f"connector {name} RUNNING")
        except NotReady as err:
            raise ConnectorFailed(f"{err}; its state: {self._status_or_error(name)}") from err

    def restart_connector(self, name: str, *, include_tasks: bool = True, only_failed: bool = False) -> None:
        """Restart a connector, its tasks too or only what failed; what is FAILED afterwards has failed again."""
        flags = {"includeTasks": str(include_tasks).lower(), "onlyFailed": str(only_failed).lower()}
        self._ask("POST", name, "/restart", **flags)
        self._outlast_failure(name)

    def stop_connector(self, name: str) -> None:
        """Stop a connector's tasks and wait until they have ended; resume_connector goes on from its offsets."""
        self._ask("PUT", name, "/stop")
        probe.until(lambda: not self.get_connector_status(name)["tasks"], REBALANCE_SECONDS, f"stop of {name}")

    def resume_connector(self, name: str) -> None:
        """Resume a stopped connector and wait until it runs; ConnectorFailed when it does not."""
        self._ask("PUT", name, "/resume")
        self.wait_until_running(name)

    def get_offsets(self, name: str) -> list[dict[str, Any]]:
        """Return the stored offsets of a connector, as dicts with partition and offset."""
        return list(self._ask("GET", name, "/offsets")["offsets"])

    def list_connectors(self) -> list[str]:
        """Return the names of all connectors, sorted."""
        return sorted(self._ask("GET"))

    def read_all(self, read: Callable[[str], T]) -> dict[str, T]:
        """Return what *read* returns for each connector, by name; one that is deleted meanwhile is left out."""
        results: dict[str, T] = {}
        for name in self.list_connectors():
            try:
                results[name] = read(name)
            except ErrorStatus as err:
                if err.status != MISSING:
                    raise
        return results

    def describe_connectors(self) -> dict[str, Any]:
        """Return, by name, what get_connector (info) and get_connector_status (status) return, all of one moment."""
        return dict(self._ask("GET", expand=["info", "status"]))

    def connector_exists(self, name: str) -> bool:
        """Return whether there is a connector of that name."""
        return name in self.list_connectors()

    def ensure_deleted(self, name: str) -> bool:
        """Delete a connector with its stored offsets, and return whether it existed."""
        exists = self.connector_exists(name)
        if exists:
            self.stop_connector(name)
            self._forget_offsets(name)
            self.delete_connector(name)
        return exists

    def _forget_offsets(self, name: str) -> None:
        """Delete the offsets of a stopped connector; while its last transaction is ending, Connect answers 500."""

        def are_deleted() -> bool:
            try:
                self._ask("DELETE", name, "/offsets")
            except ErrorStatus as err:
                if err.status != FAULT:
                    raise
                return False
            return True

        try:
            probe.until(are_deleted, REBALANCE_SECONDS, f"deletion of the offsets of {name}")
        except NotReady as err:
            raise ServiceError(f"Kafka Connect: {err}; invoke logs connect") from err

    def _outlast_failure(self, name: str) -> None:
        def is_restarted() -> bool:
            with contextlib.suppress(ConnectorFailed):
                self.is_running(name)
                return True
            return False

        with contextlib.suppress(NotReady):  # it has FAILED again, which is_running raises
            probe.until(is_restarted, STALE_SECONDS, f"another state of {name} than FAILED")

    def _status_or_error(self, name: str) -> object:
        try:
            return self.get_connector_status(name)
        except ServiceError as err:  # never assigned, or Connect is gone: the message shows it
            return err

    def _ask(
        self, method: str, name: str = "", path: str = "", json: object = None, **parameters: str | list[str]
    ) -> Any:  # noqa: ANN401  JSON is anything
        answers: list[Any] = []
        url = f"{self.url}/connectors{name and '/' + quote(name, safe='')}{path}"

        def answered() -> bool:
            try:
                answers.append(call(method, url, json, **parameters))
            except ErrorStatus as err:
                if not _rebalances(err):
                    raise
            return bool(answers)

        try:
            probe.until(answered, REBALANCE_SECONDS, "end of Connect's rebalance")
        except NotReady as err:
            raise ServiceError(f"Kafka Connect: {err}; invoke logs connect") from err
        return answers[0]


def _rebalances(err: ErrorStatus) -> bool:
    """Return whether an answer means that a repeated request may succeed.

    This is 409; 500 with "Request cannot be completed because a rebalance is expected", which only GET returns; and 500
    without a message, when a listing met a connector that was being deleted.
    """
    return err.status == CONFLICT or "rebalance" in err.message or (err.status, err.message) == (FAULT, "None")


def root_cause(trace: str) -> str:
    """Return the root cause in a Java stack trace: its last "Caused by", or else its first line."""
    causes = [line for line in trace.splitlines() if line.startswith("Caused by: ")]
    cause = (causes[-1].removeprefix("Caused by: ") if causes else trace.partition("\n")[0]).strip()
    return f"{cause} {TOO_LARGE}" if any(words in cause for words in LARGE) else cause
