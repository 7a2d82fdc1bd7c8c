"""Alertmanager's API v2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lakestand.clients.http import call

NOBODY = "lakestand"


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An alert to push. Labels say which it is, annotations what it says; pushed again it is the same alert.

    Attributes:
        seconds: it counts as resolved when it was not pushed again for so long; 0: at once.
        started: when the trouble began; default: now, or when it was first pushed.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 300.0
    started: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """As API v2 wants it."""
        now = datetime.now(UTC)
        return {
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            # Always said: without it Alertmanager takes the end for the beginning. The earliest that it heard counts.
            "startsAt": (self.started or now).isoformat(),
            "endsAt": (now + timedelta(seconds=self.seconds)).isoformat(),
        }


@dataclass(frozen=True)
class Alertmanager:
    """The server at *url*. A matcher is a label and its value, exact."""

    url: str

    def push(self, *alerts: Alert) -> None:
        """Tell it that alerts fire; ErrorResponse when it refuses one."""
        call("POST", f"{self.url}/api/v2/alerts", [a.to_dict() for a in alerts])

    def resolve(self, *alerts: Alert) -> None:
        """Tell it that they are over."""
        self.push(*(Alert(labels=a.labels, annotations=a.annotations, seconds=0.0) for a in alerts))

    def alerts(self, **matchers: str) -> list[dict[str, Any]]:
        """What fires, with its status: who is told, and what keeps it silent."""
        return list(call("GET", f"{self.url}/api/v2/alerts", filter=_filters(matchers)))

    def groups(self, **matchers: str) -> list[dict[str, Any]]:
        """Notifications as they are grouped, a receiver each."""
        return list(call("GET", f"{self.url}/api/v2/alerts/groups", filter=_filters(matchers)))

    def silence(self, matchers: Mapping[str, str], *, minutes: float, comment: str, by: str = NOBODY) -> str:
        """Tell nobody of alerts with those labels; the silence's id."""
        now = datetime.now(UTC)
        wanted = {
            "matchers": [{"name": k, "value": v, "isRegex": False, "isEqual": True} for k, v in matchers.items()],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(minutes=minutes)).isoformat(),
            "createdBy": by,
            "comment": comment,
        }
        return str(call("POST", f"{self.url}/api/v2/silences", wanted)["silenceID"])

    def silences(self) -> list[dict[str, Any]]:
        """All that are known, the expired too."""
        return list(call("GET", f"{self.url}/api/v2/silences"))

    def expire(self, silence: str) -> None:
        """End a silence."""
        call("DELETE", f"{self.url}/api/v2/silence/{silence}")

    def receivers(self) -> list[str]:
        """Names, as configured."""
        return [r["name"] for r in call("GET", f"{self.url}/api/v2/receivers")]

    def configuration(self) -> str:
        """The configuration that is in force, as YAML; secrets are hidden."""
        return str(call("GET", f"{self.url}/api/v2/status")["config"]["original"])

    def reload(self) -> None:
        """Read the configuration again; ErrorResponse, and the old one stays, when it means nothing."""
        call("POST", f"{self.url}/-/reload")


def _filters(matchers: Mapping[str, str]) -> Sequence[str]:
    return [f'{name}="{value}"' for name, value in matchers.items()]
