"""Prometheus Alertmanager, which delivers to the inbox."""

from __future__ import annotations

from lakestand import probe
from lakestand.settings import Settings
from lakestand.stand import artifacts, configs
from lakestand.stand.service import Process, Service


def service(settings: Settings) -> Service:
    """Declare Alertmanager, on `settings.port("alertmanager")`."""
    return Service(
        name="alertmanager",
        title="Alertmanager",
        ports=(settings.port("alertmanager"),),
        ready=probe.both(
            probe.tcp(*settings.address("alertmanager")),
            probe.http(f"{settings.alertmanager_url}/-/ready"),
        ),
        memory_mb=128,
        process=lambda: _process(settings),
        needs=("inbox",),  # all its receivers end there
    )


def _process(settings: Settings) -> Process:
    program = artifacts.binary("alertmanager", settings)
    address = f"--web.listen-address={settings.listen}:{settings.port('alertmanager')}"
    return Process(
        argv=lambda folder: [
            *(str(program), "--config.file=alertmanager.yml", f"--storage.path={folder}/data", address),
            # Else links name the machine.
            f"--web.external-url={settings.alertmanager_external_url or settings.alertmanager_url}",
            "--cluster.listen-address=",  # a cluster of one needs no gossip port
        ],
        files=files(settings),
    )


def files(settings: Settings) -> dict[str, str]:
    """Return what Alertmanager reads, file name → text: its configuration, its templates, a file for each secret."""
    template = configs.render("alertmanager", "templates/lakestand.tmpl", settings, runbooks=settings.runbooks)
    receiver, token = settings.receiver_url, settings.alert_token.get_secret_value()
    inbox = settings.reach("inbox")
    return {
        "alertmanager.yml": configs.render("alertmanager", "alertmanager.yml", settings, inbox=inbox),
        "lakestand.tmpl": template,
        "smtp_password": settings.smtp_password.get_secret_value(),
        "alert_token": token,
        "slack_url": f"{receiver}/slack/{token}",
        "webhook_url": f"{receiver}/webhook",
        "test_url": f"{receiver}/test",
    }
