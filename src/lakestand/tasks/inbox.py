"""Tasks inbox.*: the messages that the stand's mail server and its webhook receivers got."""

from __future__ import annotations

import time

from invoke import Context

from lakestand import view
from lakestand.clients.inbox import Inbox, Message
from lakestand.settings import Settings
from lakestand.tasks.guard import JSON, task

CHANNEL = "email, slack, webhook, pagerduty, …; default: all"
TEXT = "only messages with this text in them"


@task(name="list", help={"channel": CHANNEL, "text": TEXT, "json": JSON})
def list_(_c: Context, channel: str = "", text: str = "", json: bool = False) -> None:
    """List the messages that arrived, oldest first."""
    _show(_inbox().messages(channel=channel, text=text), json)


@task(
    help={
        "channel": CHANNEL,
        "text": TEXT,
        "count": "how many messages; default: 1",
        "seconds": "how long to wait at most; default: 30",
        "json": JSON,
    }
)
def wait(
    _c: Context, channel: str = "", text: str = "", count: int = 1, seconds: float = 30.0, *, json: bool = False
) -> None:
    """Wait until messages have arrived, and list them; exit code 1 if they do not in time."""
    _show(_inbox().wait(count, seconds=seconds, channel=channel, text=text), json)


@task(help={"channel": CHANNEL, "text": TEXT})
def clear(_c: Context, channel: str = "", text: str = "") -> None:
    """Delete messages from the inbox; all of them by default."""
    view.console.print(f"{_inbox().clear(channel=channel, text=text)} messages forgotten")


def _inbox() -> Inbox:
    return Inbox(Settings.load().inbox_url)


def _show(messages: list[Message], json: bool) -> None:
    if json:
        view.print_json(messages)
        return
    rows = [(_clock(m["received"]), m["channel"], m["subject"] or _first(m["body"])) for m in messages]
    view.show("inbox", ("received", "channel", "what"), rows)


def _clock(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def _first(body: object) -> str:
    text = " ".join(str(body).split())
    return text if len(text) <= 100 else f"{text[:99]}…"
