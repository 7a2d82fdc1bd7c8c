"""Alerts pushed to Alertmanager arrive where they should, as often as they should, with what they should say."""

from __future__ import annotations

import html
import json
import re
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
import requests
import yaml

from lakestand import probe
from lakestand.clients.inbox import Message
from lakestand.settings import Settings
from lakestand.stand.services.alertmanager import files
from tests.fixtures.alerting import Alarm

pytestmark = pytest.mark.services("alertmanager", "inbox")

CHANNELS = ("email", "pagerduty", "slack", "webhook")
# What could be taken for HTML, Slack's marks, a template, YAML, a regular expression's groups; and beyond ASCII.
ODD = """a < b & "c" 'd' <!channel> {{ .Labels }} {{ x }} ${y} $1 %s \\n : é😀 日本\n  second line"""


def config(settings: Settings) -> dict[str, Any]:
    """The receivers as the repository's file has them, by name."""
    return {r["name"]: r for r in yaml.safe_load(files(settings)["alertmanager.yml"])["receivers"]}


def told(messages: list[Message]) -> dict[str, int]:
    """Channel → how many messages."""
    return dict(sorted(Counter(m["channel"] for m in messages).items()))


def status(message: Message) -> str:
    """What a message of any channel says first: firing or resolved."""
    body = message["body"]
    if message["channel"] == "pagerduty":
        return {"trigger": "firing", "resolve": "resolved"}[body["event_action"]]
    if message["channel"] == "slack":
        return {"danger": "firing", "good": "resolved"}[body["attachments"][0]["color"]]
    return str(body["status"]) if isinstance(body, dict) else message["subject"][1:].split("]")[0].split(":")[0].lower()


class TestAlertDelivery:
    """One alert, one channel: who gets what."""

    def test_email_delivery_configuration(self, alarm: Alarm, settings: Settings) -> None:
        began = alarm.push(alarm.test("email", severity="info"))

        (mail,) = alarm.exactly(1)
        assert config(settings)["email"]["email_configs"][0]["to"] == mail["recipients"][0] == mail["headers"]["To"]
        assert (mail["channel"], mail["recipients"]) == ("email", ["oncall@lakestand.test"])
        assert mail["sender"] == "alertmanager@lakestand.test"
        assert mail["subject"] == f"[FIRING:1] {alarm.name} {alarm.mark}"
        assert mail["body"].splitlines()[0] == f"FIRING {alarm.name} (info)"
        assert mail["trusted"], "the mail server was not given the password of smtp_password_file"
        assert began < mail["received"] < began + 5

    def test_slack_delivery_configuration(self, alarm: Alarm, settings: Settings) -> None:
        began = alarm.push(alarm.test("slack"))

        (message,) = alarm.exactly(1)
        body = message["body"]
        assert config(settings)["slack"]["slack_configs"][0]["channel"] == body["channel"]
        assert (message["channel"], body["channel"]) == ("slack", "#lakestand")
        assert [a["title"] for a in body["attachments"]] == [f"[FIRING:1] {alarm.name} {alarm.mark}"]
        assert [a["color"] for a in body["attachments"]] == ["danger"]
        assert message["trusted"], "the URL of slack_api_url_file was not used"
        assert began < message["received"] < began + 5

    def test_webhook_delivery(self, alarm: Alarm, settings: Settings) -> None:
        pushed = alarm.test("webhook", severity="info")
        began = alarm.push(pushed)

        (message,) = alarm.exactly(1)
        body = message["body"]
        assert (message["channel"], body["receiver"], body["status"]) == ("webhook", "webhook", "firing")
        assert [a["labels"] for a in body["alerts"]] == [pushed.labels]
        assert body["groupLabels"] == {"alertname": alarm.name, "service": alarm.mark}
        assert body["externalURL"] == settings.alertmanager_url
        assert message["trusted"], "no token of credentials_file"
        assert began < message["received"] < began + 5

    def test_pagerduty_delivery(self, alarm: Alarm) -> None:
        began = alarm.push(alarm.test("pagerduty", severity="critical"))

        (message,) = alarm.exactly(1)
        event = message["body"]
        assert (message["channel"], event["event_action"], event["client"]) == ("pagerduty", "trigger", "lakestand")
        assert event["payload"]["summary"] == f"[FIRING:1] {alarm.name} {alarm.mark}"
        assert event["payload"]["severity"] == "critical"
        assert event["routing_key"] == "***", "not the key of routing_key_file"
        assert began < message["received"] < began + 5

    def test_the_test_receiver_alone_gets_what_tries_the_road_out(self, alarm: Alarm) -> None:
        alarm.push(alarm.alert(route="test", severity="critical"))

        (message,) = alarm.exactly(1)
        assert (message["channel"], message["body"]["receiver"]) == ("test", "test")

    def test_the_end_is_told_on_every_channel_with_the_same_key(self, alarm: Alarm) -> None:
        alert = alarm.test("all")
        alarm.push(alert)
        alarm.wait(4)
        alarm.manager.resolve(alert)

        found = alarm.exactly(8)
        assert {(m["channel"], status(m)) for m in found} == {(c, s) for c in CHANNELS for s in ("firing", "resolved")}
        assert len({m["body"]["dedup_key"] for m in found if m["channel"] == "pagerduty"}) == 1


class TestRouting:
    """Who is told, by an alert's labels."""

    @pytest.mark.parametrize(
        ("labels", "channels"),
        [
            ({"severity": "critical"}, CHANNELS),
            ({"severity": "warning"}, ("email", "slack", "webhook")),
            ({"severity": "info"}, ("webhook",)),
            ({"severity": "unheard-of"}, ("webhook",)),
            ({}, ("webhook",)),
        ],
        ids=["critical", "warning", "info", "unknown", "none"],
    )
    def test_a_severity_decides_who_is_told_once(
        self, alarm: Alarm, labels: dict[str, str], channels: tuple[str, ...]
    ) -> None:
        began = alarm.push(alarm.alert(**labels))

        found = alarm.exactly(len(channels))
        assert told(found) == dict.fromkeys(channels, 1)
        # group_wait is 1 s on these routes.
        assert began + 0.9 < min(m["received"] for m in found) < began + 5

    def test_the_running_server_knows_the_receivers_of_the_file(self, alarm: Alarm, settings: Settings) -> None:
        assert sorted(alarm.manager.receivers()) == sorted(config(settings))
        assert {*CHANNELS, "everyone", "team", "test"} == set(config(settings))


class TestGrouping:
    """What is told together, and when."""

    def test_alerts_of_one_service_come_in_one_message(self, alarm: Alarm) -> None:
        alarm.push(*(alarm.test("webhook", table=t) for t in ("a", "b", "c")))

        (message,) = alarm.exactly(1)
        assert [a["labels"]["table"] for a in message["body"]["alerts"]] == ["a", "b", "c"]

    def test_alerts_of_two_services_come_apart(self, alarm: Alarm) -> None:
        other = f"other-{alarm.mark}"
        alarm.push(alarm.test("webhook"), alarm.test("webhook", service=other))

        found = alarm.exactly(2)
        assert sorted(m["body"]["groupLabels"]["service"] for m in found) == sorted([alarm.mark, other])

    def test_a_later_alert_of_a_group_comes_after_the_interval_with_the_first(self, alarm: Alarm) -> None:
        alarm.push(alarm.test("webhook", table="a"))
        alarm.wait(1)
        alarm.push(alarm.test("webhook", table="b"))

        first, second = alarm.exactly(2)
        assert [a["labels"]["table"] for a in second["body"]["alerts"]] == ["a", "b"]
        assert 0.9 < second["received"] - first["received"] < 4

    def test_what_still_fires_is_told_again_and_again(self, alarm: Alarm) -> None:
        alarm.push(alarm.test("repeat"))

        found = alarm.wait(3)[:3]
        gaps = [b["received"] - a["received"] for a, b in pairwise(found)]
        assert [status(m) for m in found] == ["firing"] * 3
        assert all(1.9 < gap < 5 for gap in gaps), gaps

    def test_an_alert_pushed_again_is_no_news(self, alarm: Alarm) -> None:
        alert = alarm.test("webhook")
        alarm.push(alert)
        alarm.wait(1)
        alarm.push(alert)

        assert len(alarm.exactly(1)) == 1


class TestInhibition:
    """The same trouble is told once, at its worst."""

    def test_a_critical_alert_hides_the_warning_beside_it(self, alarm: Alarm) -> None:
        alarm.push(alarm.test("webhook", severity="critical", table="c"))
        alarm.wait(1)
        alarm.push(alarm.test("webhook", severity="warning", table="w"))

        (message,) = alarm.exactly(1)
        (critical,) = message["body"]["alerts"]
        source = alarm.manager.alerts(service=alarm.mark, severity="critical")[0]["fingerprint"]
        assert critical["labels"]["severity"] == "critical"
        assert alarm.state(severity="warning")["inhibitedBy"] == [source]

    def test_a_hidden_warning_is_told_when_the_critical_alert_is_over(self, alarm: Alarm) -> None:
        critical, warning = (alarm.test("webhook", severity=s) for s in ("critical", "warning"))
        alarm.push(critical)
        alarm.wait(1)
        alarm.push(warning)
        over = time.time()
        alarm.manager.resolve(critical)

        def first(severity: str, state: str) -> float:
            """When it was told first; 0: not yet."""
            found = [(a["labels"]["severity"], a["status"], m["received"]) for m in sent() for a in m["body"]["alerts"]]
            return min((at for s, told, at in found if (s, told) == (severity, state)), default=0.0)

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

        found = alarm.exactly(2)
        assert [m["body"]["commonLabels"]["severity"] for m in found] == ["critical", "warning"]

    def test_what_a_stopped_service_causes_is_not_told_beside_it(self, alarm: Alarm) -> None:
        down = alarm.test("webhook", alertname="ServiceDown", severity="critical")
        alarm.push(down)
        alarm.wait(1)
        alarm.push(alarm.test("webhook", severity="critical"))

        (message,) = alarm.exactly(1)
        assert message["body"]["groupLabels"]["alertname"] == "ServiceDown"


class TestSilence:
    """What nobody wants to hear for a while."""

    def test_a_silenced_alert_is_not_told_until_the_silence_ends(self, alarm: Alarm) -> None:
        silence = alarm.manager.silence({"service": alarm.mark}, minutes=5, comment="a test")
        alarm.push(alarm.test("webhook"))

        assert alarm.exactly(0) == []
        assert alarm.state()["silencedBy"] == [silence]
        ended = time.time()
        alarm.manager.expire(silence)
        (message,) = alarm.exactly(1)
        assert (message["channel"], status(message)) == ("webhook", "firing")
        assert ended < message["received"] < ended + 5

    def test_a_silence_is_for_its_labels_alone(self, alarm: Alarm) -> None:
        silence = alarm.manager.silence({"service": alarm.mark, "table": "a"}, minutes=5, comment="a test")
        alarm.push(*(alarm.test("webhook", table=t) for t in ("a", "b")))

        (message,) = alarm.exactly(1)
        assert [a["labels"]["table"] for a in message["body"]["alerts"]] == ["b"]
        alarm.manager.expire(silence)


class TestResolve:
    """How trouble ends."""

    def test_an_end_is_told_with_its_time(self, alarm: Alarm) -> None:
        alert = alarm.test("webhook")
        alarm.push(alert)
        alarm.wait(1)
        alarm.manager.resolve(alert)

        first, second = alarm.exactly(2)
        (over,) = second["body"]["alerts"]
        assert [status(m) for m in (first, second)] == ["firing", "resolved"]
        ended = datetime.fromisoformat(over["endsAt"]).timestamp()
        assert first["received"] < ended < second["received"] < ended + 5
        assert over["startsAt"] == first["body"]["alerts"][0]["startsAt"]

    def test_an_alert_that_nobody_repeats_ends_by_itself(self, alarm: Alarm) -> None:
        alarm.push(replace(alarm.test("webhook"), seconds=1.0))

        first, second = alarm.exactly(2)
        assert [status(m) for m in (first, second)] == ["firing", "resolved"]
        assert 0.9 < second["received"] - first["received"] < 5

    def test_what_comes_back_is_told_again(self, alarm: Alarm) -> None:
        alert = alarm.test("webhook")
        for count in (1, 3):
            alarm.push(alert)
            alarm.wait(count)
            alarm.manager.resolve(alert)
            alarm.wait(count + 1)

        assert [status(m) for m in alarm.exactly(4)] == ["firing", "resolved", "firing", "resolved"]


class TestRefusal:
    """A receiver that says no, for a while."""

    @pytest.mark.parametrize(
        ("channel", "refusal"), [("email", 451), ("slack", 503), ("webhook", 500), ("pagerduty", 502)]
    )
    def test_a_receiver_that_fails_twice_gets_it_once_it_is_back(
        self, alarm: Alarm, channel: str, refusal: int
    ) -> None:
        alarm.inbox.refuse(channel, status=refusal, times=2, text=alarm.mark)
        began = alarm.push(alarm.test(channel))

        (message,) = alarm.exactly(1)
        assert message["channel"] == channel
        assert message["received"] > began + 0.5, "it was not refused at first"

    def test_a_dead_receiver_holds_up_no_other(self, alarm: Alarm) -> None:
        alarm.inbox.refuse("slack", status=503, times=1_000, text=alarm.mark)
        alarm.push(alarm.test("all"))

        assert told(alarm.exactly(3)) == {"email": 1, "pagerduty": 1, "webhook": 1}


class TestContent:
    """What a message says."""

    def test_odd_characters_arrive_as_they_were_written(self, alarm: Alarm) -> None:
        alarm.push(alarm.alert({"summary": ODD}, route="test", channel="all"))

        found = {m["channel"]: m for m in alarm.exactly(4)}
        slack = found["slack"]["body"]["attachments"][0]["text"]
        assert ODD in found["email"]["body"]
        assert ODD in html.unescape(found["email"]["html"])
        assert "<!channel>" not in found["email"]["html"]
        assert html.escape(ODD, quote=False) in slack
        assert found["webhook"]["body"]["alerts"][0]["annotations"] == {"summary": ODD}
        assert ODD in found["pagerduty"]["body"]["payload"]["custom_details"]["firing"]

    def test_an_alert_links_to_its_runbook(self, alarm: Alarm) -> None:
        alert = alarm.test("all", alertname="ServiceDown")
        alarm.push(alert)

        found = {m["channel"]: m for m in alarm.wait(4)}
        attachment, event = found["slack"]["body"]["attachments"][0], found["pagerduty"]["body"]
        (link,) = re.findall(r"^Runbook: (\S+)$", found["email"]["body"], re.MULTILINE)
        assert [attachment["title_link"], event["links"][0]["href"]] == [link, link]
        assert f'href="{link}"' in found["email"]["html"]
        assert requests.get(link, timeout=10).text.startswith("### ServiceDown\n")

    def test_a_person_sees_it_on_the_inboxs_page_as_it_was_written(self, alarm: Alarm) -> None:
        alarm.push(alarm.alert({"summary": ODD}, route="test", channel="email"))
        (mail,) = alarm.exactly(1)

        page = requests.get(alarm.inbox.url, timeout=10)
        assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert f"<td>{html.escape(mail['subject'])}</td>" in page.text
        assert html.escape(ODD) in page.text
        assert "<!channel>" not in page.text

    def test_a_rule_may_name_another_runbook(self, alarm: Alarm) -> None:
        url = "https://example.test/book?a=1&b=2"
        alarm.push(alarm.alert({"runbook_url": url}, route="test", channel="email"))

        (mail,) = alarm.exactly(1)
        assert f"\nRunbook: {url}\n" in mail["body"]
        assert f'href="{html.escape(url)}"' in mail["html"]

    def test_no_secret_is_in_a_message_or_in_what_the_server_tells(self, alarm: Alarm, settings: Settings) -> None:
        alarm.push(alarm.test("all"))
        said = json.dumps(alarm.exactly(4)) + alarm.manager.configuration()

        secrets = (settings.smtp_password.get_secret_value(), settings.alert_token.get_secret_value())
        assert all(secrets)
        assert [s for s in secrets if s in said] == []
