"""Trouble that is real is seen by the exporter, becomes an alert, and arrives as mail, in Slack and as a webhook."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from lakestand import probe
from lakestand.clients.alertmanager import Alertmanager
from lakestand.clients.inbox import Inbox, Message
from lakestand.lake import bootstrap
from lakestand.lake.sinks import drop_namespace
from lakestand.metrics import files as metrics
from lakestand.settings import PREFIX, Settings
from tests import ROOT
from tests.fixtures.proxy import Fault, Proxy, proxy
from tests.fixtures.stream import Stream, stream
from tests.unit.pipeline.connect import ORDERS, field

SERVICES = ("kafka", "minio", "iceberg-rest", "prometheus", "inbox")
pytestmark = pytest.mark.services(*SERVICES)


@pytest.fixture
def written(settings: Settings) -> Iterator[Stream]:
    """Yield a stream over a new topic; the namespace of its tables is dropped afterwards."""
    bootstrap.create_buckets(settings)
    with stream(settings, "iceberg", f"alerts_{uuid.uuid4().hex[:8]}") as changes:
        yield changes
        drop_namespace(settings, changes.namespace)


@contextmanager
def working(written: Stream, catalog: Proxy, *topics: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `invoke pipeline.run` for the length of a block; it reaches the catalogue through the proxy."""
    port = catalog.port - written.settings.port_offset
    argv = ["pipeline.run", "--sink=iceberg", f"--namespace={written.namespace}"]
    argv += [f"--topic={topic}" for topic in (written.topic, *topics)]
    process = subprocess.Popen(
        [sys.executable, "-m", "invoke", *argv],
        cwd=ROOT,
        env=os.environ | {f"{PREFIX}ICEBERG_REST_PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(60)
        metrics.forget(metrics.folder(written.settings) / f"{process.pid}.prom")


def wait_for_messages(settings: Settings, text: str, *channels: str) -> dict[str, Message]:
    """Wait for a message about *text* on each of *channels*, and return the first of each."""
    inbox = Inbox(settings.inbox_url)
    return {channel: inbox.wait(1, channel=channel, text=text, seconds=90)[0] for channel in channels}


def sample(settings: Settings, name: str, **labels: str) -> float | None:
    """Return one number of the exporter's, or None when it does not serve it."""
    url = settings.exporter_url
    families = text_string_to_metric_families(requests.get(url, timeout=10).text)
    samples = [s for f in families for s in f.samples if s.name == name and labels.items() <= s.labels.items()]
    return max((s.value for s in samples), default=None)


def order(number: int) -> dict[str, object]:
    return {"id": number, "note": "n"}


def test_a_real_lag_reaches_mail_slack_and_webhook_and_its_end_too(written: Stream) -> None:
    settings, inbox = written.settings, Inbox(written.settings.inbox_url)
    with proxy(settings.port("iceberg_rest")) as catalog, working(written, catalog):
        written.send("c", order(1))
        written.producer.flush(10)
        probe.until(lambda: written.sink.existing("orders"), 60, "the first commit")
        catalog.fault = Fault(("POST",), status=503)
        written.send("c", order(2))
        written.producer.flush(10)

        messages = wait_for_messages(settings, written.topic, "email", "slack", "webhook")
        lag = sample(settings, "lakestand_pipeline_lag_seconds", topic=written.topic)
        assert lag is not None
        assert lag > 5
        assert f"behind {written.topic}" in messages["email"]["body"]
        assert f"behind {written.topic}" in messages["slack"]["body"]["attachments"][0]["text"]
        (alert,) = [a for a in messages["webhook"]["body"]["alerts"] if a["labels"]["topic"] == written.topic]
        assert (alert["labels"]["alertname"], alert["labels"]["severity"]) == ("PipelineLag", "warning")

        catalog.fault = Fault(())
        probe.until(
            lambda: ends(inbox, written.topic) == {"email", "slack", "webhook"},
            90,
            "the end of the alert on three channels",
        )
    assert [row["id"] for row in written.rows()] == [1, 2]


def ends(inbox: Inbox, topic: str) -> set[str]:
    """Return the channels that got a message about the end of the alert about *topic*."""
    texts = {(m["channel"], str(m["body"]).replace("*", "")) for m in inbox.messages(text=topic)}
    return {channel for channel, text in texts if "RESOLVED PipelineLag" in text or "'status': 'resolved'" in text}


def test_a_table_that_cannot_follow_its_source_raises_an_alert(written: Stream) -> None:
    settings = written.settings
    with (
        stream(settings, "iceberg", written.namespace, table="others") as other,
        proxy(settings.port("iceberg_rest")) as catalog,
        working(written, catalog, other.topic),
    ):
        written.send("c", order(1))
        written.producer.flush(10)
        probe.until(lambda: written.sink.existing("orders"), 60, "the first commit")
        written.send("c", {"id": 2, "note": 5}, columns=(ORDERS[0], field("note", "int32")))
        written.producer.flush(10)

        messages = wait_for_messages(settings, written.topic, "email", "slack", "webhook")
        assert "stands still" in messages["email"]["body"]
        assert sample(settings, "lakestand_pipeline_halted", topic=written.topic) == 1.0


def test_records_that_are_put_aside_raise_an_alert(written: Stream) -> None:
    written.send("c", order(1))
    written.send_raw(b"no event")
    written.send_raw(b"nor this")
    written.carry()

    messages = wait_for_messages(written.settings, written.topic, "email", "slack", "webhook")
    assert f"2 records of {written.topic} could not be decoded" in messages["email"]["body"]
    assert sample(written.settings, "lakestand_dead_letters", topic=written.topic) == 2.0


def test_a_killed_pipeline_raises_an_alert_on_every_channel_and_one_that_ends_does_not(written: Stream) -> None:
    settings = written.settings
    written.send("c", order(1))
    written.producer.flush(10)
    with proxy(settings.port("iceberg_rest")) as catalog:
        with working(written, catalog) as ending:
            probe.until(lambda: sample(settings, "lakestand_pipeline_up", pipeline=str(ending.pid)), 60, "its metrics")
        assert ending.returncode == 0
        with working(written, catalog) as killed:
            probe.until(lambda: sample(settings, "lakestand_pipeline_up", pipeline=str(killed.pid)), 60, "its metrics")
            psutil.Process(killed.pid).kill()
            killed.wait(10)

            messages = wait_for_messages(
                settings, f"Pipeline {killed.pid} ended", "email", "slack", "webhook", "pagerduty"
            )
    assert messages["pagerduty"]["body"]["payload"]["severity"] == "critical"
    assert sample(settings, "lakestand_pipeline_up", pipeline=str(ending.pid)) is None
    alerts = Alertmanager(settings.alertmanager_url).alerts(alertname="PipelineDied")
    assert [a for a in alerts if a["labels"]["pipeline"] == str(ending.pid)] == []
