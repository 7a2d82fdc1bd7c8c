"""The inbox: receives mail, webhooks, Slack and PagerDuty messages, and lists what arrived."""

from __future__ import annotations

import sys

from lakestand import probe
from lakestand.settings import PREFIX, Settings
from lakestand.stand import configs
from lakestand.stand.service import Process, Service


def service(settings: Settings) -> Service:
    """Declare the inbox, with its JSON interface, SMTP and the receiver of webhooks on three ports."""
    return Service(
        name="inbox",
        title="Inbox (mail, webhook, Slack)",
        ports=(settings.port("inbox"), settings.port("smtp"), settings.port("webhook")),
        ready=probe.both(probe.tcp(*settings.address("inbox")), probe.http(f"{settings.inbox_url}/health")),
        memory_mb=128,
        process=lambda: _process(settings),
    )


def _process(settings: Settings) -> Process:
    # Addresses and secrets go by the environment, which others cannot read.
    fields = ("host", "inside", "port_offset", "smtp_port", "inbox_port", "webhook_port")
    secrets = {PREFIX + f.upper(): getattr(settings, f).get_secret_value() for f in ("smtp_password", "alert_token")}
    return Process(
        argv=lambda _folder: [sys.executable, "-m", "lakestand.inbox"],
        env=secrets
        | {PREFIX + f.upper(): str(getattr(settings, f)) for f in fields}
        | {"PYTHONPATH": str(configs.IMPORTED_FROM)},
    )
