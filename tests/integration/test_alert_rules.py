"""Prometheus' rules: each fires when it should, has a runbook, and is taken by the running server."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import requests
import yaml

from lakestand import probe
from lakestand.settings import Settings
from lakestand.stand import artifacts
from tests.fixtures.alert_rules import FOLDER, NAMES


@pytest.fixture(scope="module")
def promtool(settings: Settings) -> Path:
    """Return the path of promtool, which comes with Prometheus."""
    return artifacts.binary("prometheus", settings).with_name("promtool")


def run(promtool: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [str(promtool), *arguments]
    return subprocess.run(argv, check=False, capture_output=True, text=True, timeout=60, cwd=FOLDER)


def test_promtools_unit_tests_of_the_rules_pass(promtool: Path) -> None:
    done = run(promtool, "test", "rules", "rules.test.yml")

    assert (done.returncode, "SUCCESS" in done.stdout) == (0, True), done.stdout + done.stderr


def test_promtool_fails_when_a_rule_is_another(promtool: Path, tmp_path: Path) -> None:
    changed = (FOLDER / "rules.yml").read_text().replace("lag_seconds) > 60", "lag_seconds) > 61")
    (tmp_path / "rules.yml").write_text(changed)
    (tmp_path / "rules.test.yml").write_text((FOLDER / "rules.test.yml").read_text())

    done = run(promtool, "test", "rules", str(tmp_path / "rules.test.yml"))
    assert done.returncode == 1
    assert "alertname: PipelineLag, time: 50s" in done.stdout + done.stderr


def test_every_rule_has_a_unit_test_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    tests = yaml.safe_load((FOLDER / "rules.test.yml").read_text())["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    silent = {c["alertname"] for c in cases if not c["exp_alerts"]}

    assert sorted({c["alertname"] for c in cases if c["exp_alerts"]}) == NAMES
    assert set(NAMES) - silent == set()


@pytest.mark.services("prometheus")
def test_the_running_server_has_all_rules_and_they_can_be_computed(settings: Settings) -> None:
    url = f"{settings.prometheus_url}/api/v1/rules"
    groups = requests.get(url, timeout=10).json()["data"]["groups"]

    rules = [rule for group in groups for rule in group["rules"]]
    assert sorted({r["name"] for r in rules}) == NAMES
    assert [r["lastError"] for r in rules if r.get("lastError")] == []


@pytest.mark.services("prometheus")
def test_the_running_server_knows_its_alertmanager(settings: Settings) -> None:
    url = f"{settings.prometheus_url}/api/v1/alertmanagers"
    wanted = [f"{settings.within.alertmanager_url}/api/v2/alerts"]

    def urls() -> list[str]:
        return [a["url"] for a in requests.get(url, timeout=10).json()["data"]["activeAlertmanagers"]]

    probe.until(lambda: bool(urls()), 20, f"{wanted}, which Prometheus looks for every five seconds")
    assert urls() == wanted
