"""Alerts that are not reported, for now: inhibited by a worse one, or silenced by a person."""

from __future__ import annotations

import time

import pytest

from lakestand import probe
from lakestand.clients.inbox import Message
from tests.fixtures.alert_messages import read_status
from tests.fixtures.alerting import Alarm

pytestmark = pytest.mark.services("alertmanager", "inbox")


class TestInhibition:
    """An alert hides the lesser ones that have the same cause."""

    def test_a_critical_alert_hides_the_warning_beside_it(self, alarm: Alarm) -> None:
        alarm.push(alarm.test("webhook", severity="critical", table="c"))
        alarm.wait(1)
        alarm.push(alarm.test("webhook", severity="warning", table="w"))

        (message,) = alarm.exactly(1)
        (critical,) = message["body"]["alerts"]
        source = alarm.manager.alerts(service=alarm.mark, severity="critical")[0]["fingerprint"]
        assert critical["labels"]["severity"] == "critical"
        assert alarm.state(severity="warning")["inhibitedBy"] == [source]

    def test_a_hidden_warning_is_reported_when_the_critical_alert_is_over(self, alarm: Alarm) -> None:
        critical, warning = (alarm.test("webhook", severity=s) for s in ("critical", "warning"))
        alarm.push(critical)
        alarm.wait(1)
        alarm.push(warning)
        over = time.time()
        alarm.manager.resolve(critical)

        def first(severity: str, state: str) -> float:
            """Return when an alert of that severity and state was first received; 0 while it was not."""
            reports = [
                (a["labels"]["severity"], a["status"], m["received"]) for m in sent() for a in m["body"]["alerts"]
            ]
            return min((at for s, status, at in reports if (s, status) == (severity, state)), default=0.0)

        def sent() -> list[Message]:
            return alarm.inbox.messages(text=alarm.mark)

        ends = [("critical", "resolved"), ("warning", "firing")]
        probe.until(lambda: all(first(*end) for end in ends), 10, "the end of one and the beginning of the other")
        assert [over < first(*end) < over + 5 for end in ends] == [True, True]

    def test_a_critical_alert_of_another_service_hides_nothing(self, alarm: Alarm) -> None:
        other = alarm.test("webhook", severity="critical", service=f"other-{alarm.mark}")
        alarm.push(other)
        alarm.wait(1)
        alarm.push(alarm.test("webhook", severity="warning"))

        messages = alarm.exactly(2)
        assert [m["body"]["commonLabels"]["severity"] for m in messages] == ["critical", "warning"]

    def test_what_a_stopped_service_causes_is_not_reported_beside_it(self, alarm: Alarm) -> None:
        down = alarm.test("webhook", alertname="ServiceDown", severity="critical")
        alarm.push(down)
        alarm.wait(1)
        alarm.push(alarm.test("webhook", severity="critical"))

        (message,) = alarm.exactly(1)
        assert message["body"]["groupLabels"]["alertname"] == "ServiceDown"


class TestSilence:
    """An alert that matches a silence sends nothing until the silence ends."""

    def test_a_silenced_alert_is_not_reported_until_the_silence_ends(self, alarm: Alarm) -> None:
        silence = alarm.manager.silence({"service": alarm.mark}, minutes=5, comment="a test")
        alarm.push(alarm.test("webhook"))

        assert alarm.exactly(0) == []
        assert alarm.state()["silencedBy"] == [silence]
        ended = time.time()
        alarm.manager.expire(silence)
        (message,) = alarm.exactly(1)
        assert (message["channel"], read_status(message)) == ("webhook", "firing")
        assert ended < message["received"] < ended + 5

    def test_a_silence_is_for_its_labels_alone(self, alarm: Alarm) -> None:
        silence = alarm.manager.silence({"service": alarm.mark, "table": "a"}, minutes=5, comment="a test")
        alarm.push(*(alarm.test("webhook", table=t) for t in ("a", "b")))

        (message,) = alarm.exactly(1)
        assert [a["labels"]["table"] for a in message["body"]["alerts"]] == ["b"]
        alarm.manager.expire(silence)
