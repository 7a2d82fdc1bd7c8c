"""Settings of when Alertmanager notifies, and of the links in what it sends."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

DURATION = r"^\d+(ms|s|m|h|d)$"


class Alerting(BaseSettings):
    """The part of the settings that Alertmanager's configuration is made from."""

    alert_group_wait: str = Field("1s", pattern=DURATION, description="Alertmanager: first notification of a group")
    alert_group_interval: str = Field(
        "5s", pattern=DURATION, description="Alertmanager: news of a group at most so often"
    )
    alert_repeat_interval: str = Field(
        "1h", pattern=DURATION, description="Alertmanager: how often an alert that still fires is sent again"
    )
    alertmanager_external_url: str = Field("", description="what its links begin with; empty: where it listens")
    runbook_url: str = Field("", description="where runbooks are, by alert name; empty: the inbox serves them")
