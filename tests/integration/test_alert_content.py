"""What an alert's message says: its text as it was written, its runbook, and no secret."""

from __future__ import annotations

import html
import json
import re

import pytest
import requests

from lakestand.settings import Settings
from tests.fixtures.alerting import Alarm

pytestmark = pytest.mark.services("alertmanager", "inbox")

# What could be taken for HTML, Slack's marks, a template, YAML, a regular expression's groups; and beyond ASCII.
ODD = """a < b & "c" 'd' <!channel> {{ .Labels }} {{ x }} ${y} $1 %s \\n : é😀 日本\n  second line"""


class TestContent:
    """The text of a message on each channel."""

    def test_odd_characters_arrive_as_they_were_written(self, alarm: Alarm) -> None:
        alarm.push(alarm.alert({"summary": ODD}, route="test", channel="all"))

        messages = {m["channel"]: m for m in alarm.exactly(4)}
        slack = messages["slack"]["body"]["attachments"][0]["text"]
        assert ODD in messages["email"]["body"]
        assert ODD in html.unescape(messages["email"]["html"])
        assert "<!channel>" not in messages["email"]["html"]
        assert html.escape(ODD, quote=False) in slack
        assert messages["webhook"]["body"]["alerts"][0]["annotations"] == {"summary": ODD}
        assert ODD in messages["pagerduty"]["body"]["payload"]["custom_details"]["firing"]

    def test_an_alert_links_to_its_runbook(self, alarm: Alarm) -> None:
        alert = alarm.test("all", alertname="ServiceDown")
        alarm.push(alert)

        messages = {m["channel"]: m for m in alarm.wait(4)}
        attachment, event = messages["slack"]["body"]["attachments"][0], messages["pagerduty"]["body"]
        (link,) = re.findall(r"^Runbook: (\S+)$", messages["email"]["body"], re.MULTILINE)
        assert [attachment["title_link"], event["links"][0]["href"]] == [link, link]
        assert f'href="{link}"' in messages["email"]["html"]
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

    def test_no_secret_is_in_a_message_or_in_the_servers_configuration(self, alarm: Alarm, settings: Settings) -> None:
        alarm.push(alarm.test("all"))
        texts = json.dumps(alarm.exactly(4)) + alarm.manager.configuration()

        secrets = (settings.smtp_password.get_secret_value(), settings.alert_token.get_secret_value())
        assert all(secrets)
        assert [s for s in secrets if s in texts] == []
