"""A client of Alertmanager's API v2: pushing alerts, silences, and what notifications are grouped into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lakestand.clients.http import call

AUTHOR = "lakestand"


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An alert to push. Pushed again with the same labels it is the same alert.

    Attributes:
        labels: identify the alert; routes, silences and groups go by them.
        annotations: texts for people.
        seconds: after so long without another push it counts as resolved; 0 resolves it at once.
        started: when the trouble began; by default now, and Alertmanager keeps the earliest time.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 300.0
    started: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the alert as API v2 takes it."""
        now = datetime.now(UTC)
        return {
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            # Without it Alertmanager takes the end for the beginning. Of several the earliest counts.
            "startsAt": (self.started or now).isoformat(),
            "endsAt": (now + timedelta(seconds=self.seconds)).isoformat(),
        }


@dataclass(frozen=True)
class Alertmanager:
    """The server at *url*. Matchers are labels with their exact values."""

    url: str

    def push(self, *alerts: Alert) -> None:
        """Let alerts fire; ErrorStatus when the server refuses one."""
        call("POST", f"{self.url}/api/v2/alerts", [a.to_dict() for a in alerts])

    def resolve(self, *alerts: Alert) -> None:
        """Resolve alerts that were pushed."""
        self.push(*(Alert(labels=a.labels, annotations=a.annotations, seconds=0.0) for a in alerts))

    def alerts(self, **matchers: str) -> list[dict[str, Any]]:
        """Return the firing alerts, each with its receivers and with the silences that suppress it."""
        return list(call("GET", f"{self.url}/api/v2/alerts", filter=_filters(matchers)))

    def groups(self, **matchers: str) -> list[dict[str, Any]]:
        """Return the groups that alerts are sent in, one for each receiver of a group."""
        return list(call("GET", f"{self.url}/api/v2/alerts/groups", filter=_filters(matchers)))

    def silence(self, matchers: Mapping[str, str], *, minutes: float, comment: str, by: str = AUTHOR) -> str:
        """Suppress notifications of alerts with these labels for some minutes; return the silence's id."""
        now = datetime.now(UTC)
        silence = {
            "matchers": [{"name": k, "value": v, "isRegex": False, "isEqual": True} for k, v in matchers.items()],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(minutes=minutes)).isoformat(),
            "createdBy": by,
            "comment": comment,
        }
        return str(call("POST", f"{self.url}/api/v2/silences", silence)["silenceID"])

    def silences(self) -> list[dict[str, Any]]:
        """Return all silences, expired ones too."""
        return list(call("GET", f"{self.url}/api/v2/silences"))

    def expire(self, silence: str) -> None:
        """End a silence."""
        call("DELETE", f"{self.url}/api/v2/silence/{silence}")

    def receivers(self) -> list[str]:
        """Return the names of the configured receivers."""
        return [r["name"] for r in call("GET", f"{self.url}/api/v2/receivers")]

    def configuration(self) -> str:
        """Return the configuration in use, as YAML with its secrets hidden."""
        return str(call("GET", f"{self.url}/api/v2/status")["config"]["original"])

    def reload(self) -> None:
        """Read the configuration file again; ErrorStatus when it is invalid, and the old one stays in use."""
        call("POST", f"{self.url}/-/reload")


def _filters(matchers: Mapping[str, str]) -> Sequence[str]:
    return [f'{name}="{value}"' for name, value in matchers.items()]
