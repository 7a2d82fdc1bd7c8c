"""Kafka Connect's REST interface."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from lakestand import probe
from lakestand.clients.http import call
from lakestand.errors import ConnectorFailed, ErrorStatus, NotReady, ServiceError
from lakestand.sources.connector import DebeziumConnectorConfig

CONFLICT, MISSING, FAULT = 409, 404, 500
# A worker refuses what it is asked while it rebalances, which takes a second or two.
REBALANCE_SECONDS = 30.0
# So long at most Connect goes on to say FAILED of what it is restarting.
STALE_SECONDS = 5.0


@dataclass(frozen=True)
class DebeziumClient:
    """Connectors of one Connect cluster at *url*; every request waits for the end of a rebalance."""

    url: str

    def create_connector(self, config: DebeziumConnectorConfig) -> bool:
        """Create it, or bring its configuration up to date; True when anything changed."""
        wanted, there = config.to_dict(), self.connector_exists(config.name)
        if there and self._config(config.name) == wanted | {"name": config.name}:
            return False
        self._ask("PUT", config.name, "/config", wanted)
        if there:
            self._outlive_failure(config.name)
        return True

    def get_connector(self, name: str) -> dict[str, Any]:
        """Name, configuration and tasks."""
        return dict(self._ask("GET", name))

    def delete_connector(self, name: str) -> None:
        """Delete it; ServiceError when there is none."""
        self._ask("DELETE", name)

    def get_connector_status(self, name: str) -> dict[str, Any]:
        """States of the connector and its tasks."""
        return dict(self._ask("GET", name, "/status"))

    def is_running(self, name: str) -> bool:
        """Whether the connector and all its tasks, at least one, are RUNNING; ConnectorFailed when one FAILED."""
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
        """Return when is_running; ConnectorFailed with the trace at once, or after *timeout* seconds."""
        try:
            probe.until(lambda: self.is_running(name), timeout, f"connector {name} RUNNING")
        except NotReady as err:
            raise ConnectorFailed(f"{err}; its state: {self._told(name)}") from err

    def restart_connector(self, name: str, *, include_tasks: bool = True, only_failed: bool = False) -> None:
        """Restart it, with its tasks, or only what failed; what is FAILED afterwards has failed anew."""
        flags = {"includeTasks": str(include_tasks).lower(), "onlyFailed": str(only_failed).lower()}
        self._ask("POST", name, "/restart", **flags)
        self._outlive_failure(name)

    def stop_connector(self, name: str) -> None:
        """Stop its tasks and wait until they are gone; its offsets stay, and resume_connector goes on from them."""
        self._ask("PUT", name, "/stop")
        probe.until(lambda: not self.get_connector_status(name)["tasks"], REBALANCE_SECONDS, f"stop of {name}")

    def resume_connector(self, name: str) -> None:
        """Let it go on; returns when it runs."""
        self._ask("PUT", name, "/resume")
        self.wait_until_running(name)

    def get_offsets(self, name: str) -> list[dict[str, Any]]:
        """What it has read, as Connect stored it: partition and offset of each source partition."""
        return list(self._ask("GET", name, "/offsets")["offsets"])

    def list_connectors(self) -> list[str]:
        """Names, sorted."""
        return sorted(self._ask("GET"))

    def connector_exists(self, name: str) -> bool:
        """Whether there is one of that name."""
        return name in self.list_connectors()

    def ensure_deleted(self, name: str) -> bool:
        """Delete it if it is there, with its stored offsets; True when it was."""
        if not self.connector_exists(name):
            return False
        self.stop_connector(name)
        self._forget_offsets(name)
        self.delete_connector(name)
        return True

    def _forget_offsets(self, name: str) -> None:
        """Of a stopped connector whose last transaction is still being ended, Connect cannot: it answers 500."""

        def forgotten() -> bool:
            try:
                self._ask("DELETE", name, "/offsets")
            except ErrorStatus as err:
                if err.status != FAULT:
                    raise
                return False
            return True

        try:
            probe.until(forgotten, REBALANCE_SECONDS, f"deletion of the offsets of {name}")
        except NotReady as err:
            raise ServiceError(f"Kafka Connect: {err}; invoke logs connect") from err

    def _outlive_failure(self, name: str) -> None:
        def no_more() -> bool:
            with contextlib.suppress(ConnectorFailed):
                self.is_running(name)
                return True
            return False

        with contextlib.suppress(NotReady):  # it is FAILED anew, which is_running will say
            probe.until(no_more, STALE_SECONDS, f"another state of {name} than FAILED")

    def _told(self, name: str) -> object:
        try:
            return self.get_connector_status(name)
        except ServiceError as err:  # never assigned, or Connect is gone: that too is worth telling
            return err

    def _config(self, name: str) -> dict[str, str]:
        return dict(self._ask("GET", name, "/config"))

    def _ask(self, method: str, name: str = "", path: str = "", json: object = None, **parameters: str) -> Any:  # noqa: ANN401  JSON is anything
        answers: list[Any] = []

        def answered() -> bool:
            try:
                answers.append(call(method, f"{self.url}/connectors{name and '/' + name}{path}", json, **parameters))
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
    """409, or, from Connect's GET, 500 "Request cannot be completed because a rebalance is expected".

    Or 500 without any message: a listing met a connector that was deleted that moment.
    """
    return err.status == CONFLICT or "rebalance" in err.message or (err.status, err.message) == (FAULT, "None")


def root_cause(trace: str) -> str:
    """The root cause of a Java trace: its last "Caused by", else its first line."""
    causes = [line for line in trace.splitlines() if line.startswith("Caused by: ")]
    return (causes[-1].removeprefix("Caused by: ") if causes else trace.partition("\n")[0]).strip()
