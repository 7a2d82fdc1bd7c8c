"""Tasks alerts.*: send one by hand, see what fires, and silence it."""

from __future__ import annotations

from collections.abc import Sequence

from invoke import Context, task

from lakestand import view
from lakestand.clients.alertmanager import Alert, Alertmanager
from lakestand.errors import BadArgument
from lakestand.settings import Settings
from lakestand.tasks.guard import JSON, guarded

COLUMNS = ("alertname", "severity", "service")
LABEL = "name=value; may be repeated"


@task(
    iterable=["label"],
    positional=["name"],
    help={
        "name": "of the alert",
        "severity": "critical, warning or info",
        "service": "that is in trouble",
        "summary": "one line of what is the matter",
        "label": f"another label, {LABEL}; route=test with channel=email (or all) tries the road out",
        "resolved": "it is over",
    },
)
@guarded
def send(  # noqa: PLR0917  invoke's options
    _c: Context,
    name: str,
    label: Sequence[str],
    severity: str = "info",
    service: str = "lakestand",
    summary: str = "",
    resolved: bool = False,
) -> None:
    """Tell Alertmanager that an alert fires, or that it is over."""
    labels = {"alertname": name, "severity": severity, "service": service} | _labels(label)
    alert = Alert(labels=labels, annotations={"summary": summary} if summary else {})
    manager = _manager()
    (manager.resolve if resolved else manager.push)(alert)
    view.console.print(f"{name} is {'resolved' if resolved else 'firing'}; see who received it: invoke inbox.list --text {name}")


@task(name="list", help={"json": JSON})
@guarded
def list_(_c: Context, json: bool = False) -> None:
    """List what fires, who is told, and what keeps it silent."""
    found = _manager().alerts()
    if json:
        view.as_json(found)
        return
    rows = [
        (
            *(a["labels"].get(name, "") for name in COLUMNS),
            _state(a["status"]),
            ", ".join(r["name"] for r in a["receivers"]),
        )
        for a in found
    ]
    view.show("alerts", (*COLUMNS, "state", "receivers"), rows)


@task(
    iterable=["label"],
    positional=[],
    help={
        "label": f"of the alerts, {LABEL}",
        "minutes": "how long; default: 60",
        "comment": "why",
        "end": "the id of a silence to end instead",
    },
)
@guarded
def silence(_c: Context, label: Sequence[str], minutes: float = 60.0, comment: str = "by hand", end: str = "") -> None:
    """Tell nobody of alerts with all these labels for a while; prints the silence's id."""
    if end:
        _manager().expire(end)
        view.console.print(f"{end} ended")
        return
    if not label:
        raise BadArgument("a silence needs a label: --label alertname=PipelineLag")
    print(_manager().silence(_labels(label), minutes=minutes, comment=comment))


def _manager() -> Alertmanager:
    return Alertmanager(Settings.load().alertmanager_url)


def _labels(given: Sequence[str]) -> dict[str, str]:
    if wrong := [g for g in given if not g.partition("=")[0] or "=" not in g]:
        raise BadArgument(f"{wrong[0]!r} is no label: name=value")
    return {name: value for name, _, value in (g.partition("=") for g in given)}


def _state(status: dict[str, object]) -> str:
    for reason, word in (("silencedBy", "silenced"), ("inhibitedBy", "inhibited")):
        if status[reason]:
            return word
    return str(status["state"])
