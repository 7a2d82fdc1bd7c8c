"""Tasks alerts.*: send an alert by hand, list the alerts that fire, and silence them."""

from __future__ import annotations

from collections.abc import Sequence

from invoke import Context

from lakestand import view
from lakestand.clients.alertmanager import Alert, Alertmanager
from lakestand.errors import BadArgument
from lakestand.settings import Settings
from lakestand.tasks.guard import JSON, task

COLUMNS = ("alertname", "severity", "service")
LABEL = "name=value; may be repeated"


@task(
    iterable=["label"],
    positional=["name"],
    help={
        "name": "the alert's name",
        "severity": "critical, warning or info",
        "service": "the service in trouble",
        "summary": "what is wrong, in one line",
        "label": f"another label, {LABEL}; route=test with channel=email (or all) tests a notification channel",
        "resolved": "the alert is over",
    },
)
def send(  # noqa: PLR0917  invoke's options
    _c: Context,
    name: str,
    label: Sequence[str],
    severity: str = "info",
    service: str = "lakestand",
    summary: str = "",
    resolved: bool = False,
) -> None:
    """Send an alert to Alertmanager, as one that fires or one that is over."""
    labels = {"alertname": name, "severity": severity, "service": service} | _labels(label)
    alert = Alert(labels=labels, annotations={"summary": summary} if summary else {})
    manager = _manager()
    (manager.resolve if resolved else manager.push)(alert)
    text = f"{name} {'is over' if resolved else 'fires'}; who was notified: invoke inbox.list --text {name}"
    view.say(text)


@task(name="list", help={"json": JSON})
def list_(_c: Context, json: bool = False) -> None:
    """List the alerts that fire, who is notified of them, and whether they are silenced."""
    alerts = _manager().alerts()
    if json:
        view.print_json(alerts)
        return
    rows = [
        (
            *(a["labels"].get(name, "") for name in COLUMNS),
            _state(a["status"]),
            ", ".join(r["name"] for r in a["receivers"]),
        )
        for a in alerts
    ]
    view.show("alerts", (*COLUMNS, "state", "receivers"), rows)


@task(
    iterable=["label"],
    positional=[],
    help={
        "label": f"a label of the alerts, {LABEL}",
        "minutes": "how long; default: 60",
        "comment": "why they are silenced",
        "end": "end the silence of this id instead",
    },
)
def silence(_c: Context, label: Sequence[str], minutes: float = 60.0, comment: str = "by hand", end: str = "") -> None:
    """Notify nobody of alerts with all these labels for a while, and print the silence's id."""
    if end:
        _manager().expire(end)
        view.console.print(f"{end} ended")
        return
    if not label:
        raise BadArgument("a silence needs a label: --label alertname=PipelineLag")
    print(_manager().silence(_labels(label), minutes=minutes, comment=comment))


def _manager() -> Alertmanager:
    return Alertmanager(Settings.load().alertmanager_url)


def _labels(pairs: Sequence[str]) -> dict[str, str]:
    if wrong := [pair for pair in pairs if not pair.partition("=")[0] or "=" not in pair]:
        raise BadArgument(f"{wrong[0]!r} is no label: name=value")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def _state(status: dict[str, object]) -> str:
    for reason, word in (("silencedBy", "silenced"), ("inhibitedBy", "inhibited")):
        if status[reason]:
            return word
    return str(status["state"])
