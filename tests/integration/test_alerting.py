"""Alerts pushed to Alertmanager arrive where they should, as often as they should, with what they should say."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from lakestand.inbox import page
from lakestand.settings import Settings
from tests.fixtures.alert_messages import CHANNELS, count_by_channel, read_status
from tests.fixtures.alert_receivers import load_receivers
from tests.fixtures.alert_rules import NAMES, RULES
from tests.fixtures.alerting import Alarm

pytestmark = pytest.mark.services("alertmanager", "inbox")


class TestAlertDelivery:
    """What one alert sends on one channel, to whom."""

    def test_email_delivery_configuration(self, alarm: Alarm, settings: Settings) -> None:
        began = alarm.push(alarm.test("email", severity="info"))

        (mail,) = alarm.exactly(1)
        assert (
            load_receivers(settings)["email"]["email_configs"][0]["to"]
            == mail["recipients"][0]
            == mail["headers"]["To"]
        )
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
        assert load_receivers(settings)["slack"]["slack_configs"][0]["channel"] == body["channel"]
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

    def test_the_end_is_reported_on_every_channel_with_the_same_key(self, alarm: Alarm) -> None:
        alert = alarm.test("all")
        alarm.push(alert)
        alarm.wait(4)
        alarm.manager.resolve(alert)

        messages = alarm.exactly(8)
        assert {(m["channel"], read_status(m)) for m in messages} == {
            (c, s) for c in CHANNELS for s in ("firing", "resolved")
        }
        assert len({m["body"]["dedup_key"] for m in messages if m["channel"] == "pagerduty"}) == 1


class TestRouting:
    """An alert's labels decide which channels are notified."""

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
    def test_a_severity_decides_which_channels_are_notified_once(
        self, alarm: Alarm, labels: dict[str, str], channels: tuple[str, ...]
    ) -> None:
        began = alarm.push(alarm.alert(**labels))

        messages = alarm.exactly(len(channels))
        assert count_by_channel(messages) == dict.fromkeys(channels, 1)
        # group_wait is 1 s on these routes.
        assert began + 0.9 < min(m["received"] for m in messages) < began + 5

    def test_the_running_server_knows_the_receivers_of_the_file(self, alarm: Alarm, settings: Settings) -> None:
        assert sorted(alarm.manager.receivers()) == sorted(load_receivers(settings))
        assert {*CHANNELS, "everyone", "team", "test"} == set(load_receivers(settings))


class TestGrouping:
    """Which alerts share a message, and when it is sent."""

    def test_alerts_of_one_service_come_in_one_message(self, alarm: Alarm) -> None:
        alarm.push(*(alarm.test("webhook", table=t) for t in ("a", "b", "c")))

        (message,) = alarm.exactly(1)
        assert [a["labels"]["table"] for a in message["body"]["alerts"]] == ["a", "b", "c"]

    def test_alerts_of_two_services_come_apart(self, alarm: Alarm) -> None:
        other = f"other-{alarm.mark}"
        alarm.push(alarm.test("webhook"), alarm.test("webhook", service=other))

        messages = alarm.exactly(2)
        assert sorted(m["body"]["groupLabels"]["service"] for m in messages) == sorted([alarm.mark, other])

    def test_a_later_alert_of_a_group_comes_after_the_interval_with_the_first(self, alarm: Alarm) -> None:
        alarm.push(alarm.test("webhook", table="a"))
        alarm.wait(1)
        alarm.push(alarm.test("webhook", table="b"))

        first, second = alarm.exactly(2)
        assert [a["labels"]["table"] for a in second["body"]["alerts"]] == ["a", "b"]
        assert 0.9 < second["received"] - first["received"] < 4

    def test_an_alert_that_still_fires_is_repeated_again_and_again(self, alarm: Alarm) -> None:
        alarm.push(alarm.test("repeat"))

        messages = alarm.wait(3)[:3]
        gaps = [b["received"] - a["received"] for a, b in pairwise(messages)]
        assert [read_status(m) for m in messages] == ["firing"] * 3
        assert all(1.9 < gap < 5 for gap in gaps), gaps

    def test_an_alert_pushed_again_is_no_news(self, alarm: Alarm) -> None:
        alert = alarm.test("webhook")
        alarm.push(alert)
        alarm.wait(1)
        alarm.push(alert)

        assert len(alarm.exactly(1)) == 1


class TestRefusal:
    """A receiver that refuses messages for a while."""

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

        assert count_by_channel(alarm.exactly(3)) == {"email": 1, "pagerduty": 1, "webhook": 1}


class TestRules:
    """Every rule of Prometheus has these, whatever it watches."""

    @pytest.mark.parametrize("name", NAMES)
    def test_every_alert_has_a_runbook(self, name: str) -> None:
        assert page.find_runbook(name).startswith(f"### {name}\n")

    @pytest.mark.parametrize("rule", RULES, ids=[f"{r['alert']}-{r['labels']['severity']}" for r in RULES])
    def test_every_rule_has_a_severity_a_summary_a_description_and_a_service(self, rule: dict[str, Any]) -> None:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert set(rule["annotations"]) == {"summary", "description"}
        assert "service" in rule["labels"] or rule["alert"] == "ServiceDown"
