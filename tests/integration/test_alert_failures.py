"""Alertmanager and its receivers stop, break and come back: each test has both for itself."""

from __future__ import annotations

import shutil
import smtplib
import subprocess
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import SecretStr

from lakestand import probe
from lakestand.errors import ErrorStatus, StartFailed
from lakestand.settings import Settings, credentials
from lakestand.stand.services.alertmanager import files
from tests.fixtures.alert_messages import CHANNELS, count_by_channel
from tests.fixtures.alerting import Alarm, alarming, moved, own, running

AMTOOL = shutil.which("amtool")


@pytest.fixture
def apart(tmp_path: Path) -> Settings:
    """Return settings of a stand that this test has for itself."""
    return moved(credentials.ensure(tmp_path / ".env"))


def test_what_could_not_be_delivered_arrives_once_the_receivers_are_back(apart: Settings, tmp_path: Path) -> None:
    with running(own(apart, tmp_path)) as stack, alarming(apart) as alarm:
        with stack.stopped("inbox"):
            alarm.push(alarm.test("all"))
            probe.until(
                lambda: "connection refused" in stack.runtime.log(stack.services["alertmanager"]).tail(100),
                20,
                "a refused notification in Alertmanager's log",
            )

        assert count_by_channel(alarm.exactly(4)) == dict.fromkeys(CHANNELS, 1)


def test_alertmanager_does_not_repeat_an_alert_after_a_restart(apart: Settings, tmp_path: Path) -> None:
    with running(own(apart, tmp_path)) as stack, alarming(apart) as alarm:
        alert = alarm.test("webhook")
        alarm.push(alert)
        alarm.wait(1)
        with stack.stopped("alertmanager"):
            pass
        alarm.push(alert)

        assert len(alarm.exactly(1)) == 1
        alarm.manager.resolve(alert)
        assert [m["body"]["status"] for m in alarm.exactly(2)] == ["firing", "resolved"]


def test_a_silence_outlives_alertmanager(apart: Settings, tmp_path: Path) -> None:
    with running(own(apart, tmp_path)) as stack, alarming(apart) as alarm:
        silence = alarm.manager.silence({"service": alarm.mark}, minutes=5, comment="over a restart")
        with stack.stopped("alertmanager"):
            pass
        alarm.push(alarm.test("webhook"))

        assert alarm.exactly(0) == []
        assert alarm.state()["silencedBy"] == [silence]


def test_a_killed_alertmanager_reports_what_is_pushed_to_it_again(apart: Settings, tmp_path: Path) -> None:
    with running(own(apart, tmp_path)) as stack, alarming(apart) as alarm:
        alert = alarm.test("webhook")
        with stack.stopped("alertmanager", kill=True):
            pass
        alarm.push(alert)

        assert len(alarm.exactly(1)) == 1


def test_the_inbox_keeps_nothing_over_a_restart(apart: Settings, tmp_path: Path) -> None:
    with running(own(apart, tmp_path)) as stack, alarming(apart) as alarm:
        alarm.push(alarm.test("webhook"))
        assert len(alarm.wait(1)) == 1
        alarm.manager.silence({"service": alarm.mark}, minutes=5, comment="no second message")
        with stack.stopped("inbox"):
            pass

        assert alarm.inbox.messages() == []


def test_a_wrong_mail_password_is_refused_and_logged_and_holds_up_no_other_channel(
    apart: Settings, tmp_path: Path
) -> None:
    stack = own(apart, tmp_path, smtp_password=SecretStr("another"))
    with running(stack), alarming(apart) as alarm:
        alarm.push(alarm.test("all"))

        assert count_by_channel(alarm.exactly(3)) == {"pagerduty": 1, "slack": 1, "webhook": 1}
        log = stack.runtime.log(stack.services["alertmanager"]).tail(100)
        assert 'email.loginAuth auth: 535 \\"5.7.8 Authentication credentials invalid' in log
        assert apart.smtp_password.get_secret_value() not in log


def test_a_wrong_token_is_refused_by_webhooks(apart: Settings, tmp_path: Path) -> None:
    stack = own(apart, tmp_path, alert_token=SecretStr("another"))
    with running(stack), alarming(apart) as alarm:
        alarm.push(alarm.test("all"))

        messages = alarm.exactly(3)
        assert count_by_channel(messages) == {"email": 1, "pagerduty": 1, "slack": 1}
        assert {m["channel"]: m["trusted"] for m in messages} == {"email": True, "pagerduty": False, "slack": False}


def test_a_configuration_that_means_nothing_is_refused_and_the_old_one_stays(apart: Settings, tmp_path: Path) -> None:
    with running(own(apart, tmp_path)), alarming(apart) as alarm:
        before, file = alarm.manager.configuration(), tmp_path / "alertmanager" / "alertmanager.yml"
        file.write_text(file.read_text().replace("receiver: team", "receiver: nobody"))

        with pytest.raises(ErrorStatus, match='undefined receiver "nobody" used in route'):
            alarm.manager.reload()
        assert alarm.manager.configuration() == before
        alarm.push(alarm.test("webhook"))
        assert len(alarm.exactly(1)) == 1


@pytest.mark.parametrize("check", ["the server", *(["amtool"] if AMTOOL else [])])
def test_the_configuration_is_taken_and_none_of_its_secrets_is_literal(
    apart: Settings, tmp_path: Path, check: str
) -> None:
    for name, text in files(apart).items():
        (tmp_path / name).write_text(text)
    if check == "amtool":
        done = subprocess.run([AMTOOL or "", "check-config", "alertmanager.yml"], check=False, cwd=tmp_path)
        assert done.returncode == 0
    else:
        with running(own(apart, tmp_path)) as stack:
            log = stack.runtime.log(stack.services["alertmanager"])
            assert 'msg="Completed loading of configuration file"' in log.tail(100)
    shown = (tmp_path / "alertmanager.yml").read_text() + (tmp_path / "lakestand.tmpl").read_text()
    assert [s for s in (apart.smtp_password, apart.alert_token) if s.get_secret_value() in shown] == []


def test_a_configuration_that_means_nothing_ends_the_start_with_its_reason(apart: Settings, tmp_path: Path) -> None:
    wrong = apart.model_copy(update={"alert_group_interval": "0s"})

    with pytest.raises(StartFailed, match="group_interval cannot be zero"), running(own(wrong, tmp_path)):
        pass


def test_the_mail_server_refuses_what_is_too_large_and_goes_on(apart: Settings, tmp_path: Path) -> None:
    with running(own(apart, tmp_path)), alarming(apart) as alarm:
        with pytest.raises(smtplib.SMTPSenderRefused) as caught:
            _send(apart, alarm, "x" * (2 << 20))
        _send(apart, alarm, "small")

        assert caught.value.smtp_code == 552
        assert [m["body"].strip() for m in alarm.wait(1)] == ["small"]


def _send(settings: Settings, alarm: Alarm, text: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.test", "b@example.test", alarm.mark
    mail.set_content("\n".join(text[i : i + 900] for i in range(0, len(text), 900)))
    with smtplib.SMTP(settings.host, settings.port("smtp"), timeout=10) as smtp:
        smtp.send_message(mail)
