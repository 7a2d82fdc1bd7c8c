"""No secret of the stand can be read where others may look: in command lines and logs."""

from __future__ import annotations

import psutil
import pytest

from lakestand.settings import Settings
from lakestand.stand.stack import Stack
from tests.fixtures.default_services import DEFAULT


@pytest.mark.services(*DEFAULT)
def test_no_secret_stands_in_a_command_line(settings: Settings) -> None:
    secrets = [value.get_secret_value() for value in (getattr(settings, name) for name in Settings.secret_fields())]
    lines = [" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"])]

    assert all(secrets)
    assert any("kafka.Kafka" in line for line in lines)  # what others run is seen
    assert [line for line in lines if any(s in line for s in secrets)] == []


@pytest.mark.services(*DEFAULT)
def test_no_secret_stands_in_a_log(stack: Stack, settings: Settings) -> None:
    secrets = [getattr(settings, name).get_secret_value() for name in Settings.secret_fields()]
    logs = {name: stack.runtime.log(stack.services[name]).tail(10_000) for name in DEFAULT}

    assert all(secrets)
    assert {name for name, text in logs.items() if not text} <= {"inbox"}  # it has nothing to say while all is well
    assert [name for name, text in logs.items() if any(secret in text for secret in secrets)] == []
