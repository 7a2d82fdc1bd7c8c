"""How an alert ends: resolved, timed out, or back again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tests.fixtures.alert_messages import read_status
from tests.fixtures.alerting import Alarm

pytestmark = pytest.mark.services("alertmanager", "inbox")


class TestResolve:
    """The messages that an alert's end sends, and a beginning after it."""

    def test_an_end_is_reported_with_its_time(self, alarm: Alarm) -> None:
        alert = alarm.test("webhook")
        alarm.push(alert)
        alarm.wait(1)
        alarm.manager.resolve(alert)

        first, second = alarm.exactly(2)
        (over,) = second["body"]["alerts"]
        assert [read_status(m) for m in (first, second)] == ["firing", "resolved"]
        ended = datetime.fromisoformat(over["endsAt"]).timestamp()
        assert first["received"] < ended < second["received"] < ended + 5
        assert over["startsAt"] == first["body"]["alerts"][0]["startsAt"]

    def test_an_alert_that_nobody_repeats_ends_by_itself(self, alarm: Alarm) -> None:
        alarm.push(replace(alarm.test("webhook"), seconds=1.0))

        first, second = alarm.exactly(2)
        assert [read_status(m) for m in (first, second)] == ["firing", "resolved"]
        assert 0.9 < second["received"] - first["received"] < 5

    def test_an_alert_that_comes_back_is_reported_again(self, alarm: Alarm) -> None:
        alert = alarm.test("webhook")
        for count in (1, 3):
            alarm.push(alert)
            alarm.wait(count)
            alarm.manager.resolve(alert)
            alarm.wait(count + 1)

        assert [read_status(m) for m in alarm.exactly(4)] == ["firing", "resolved", "firing", "resolved"]
