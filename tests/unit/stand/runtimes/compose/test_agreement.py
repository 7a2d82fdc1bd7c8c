"""The Compose files and the service table agree, and the files are as careful as they claim."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lakestand.settings import PREFIX, Settings
from lakestand.stand.runtimes.compose.context import BUILD, FILE
from lakestand.stand.runtimes.compose.project import image_settings, variables
from tests import ROOT
from tests.unit import plain
from tests.unit.stand.runtimes.compose.files import COMPOSE, ONE_SHOT, OVERRIDE, SERVICES, TABLE, published

MB = re.compile(r"(\d+)m")
GB8 = 8e9
every = pytest.mark.parametrize("name", list(TABLE))
every_entry = pytest.mark.parametrize("name", list(SERVICES))


def limit(name: str) -> int:
    found = MB.fullmatch(SERVICES[name]["mem_limit"])
    assert found
    return int(found[1])


def test_the_table_and_the_file_name_the_same_services() -> None:
    assert set(SERVICES) - {ONE_SHOT} == set(TABLE)
    assert set(OVERRIDE["services"]) == set(SERVICES)


@every
def test_an_entry_publishes_ports_of_the_table_and_the_first_among_them(name: str) -> None:
    ports = published(name)

    assert ports[0][1] == TABLE[name].ports[0]
    assert {outside for _, outside, _ in ports} <= set(TABLE[name].ports)


@every_entry
def test_an_entry_publishes_on_loopback_only(name: str) -> None:
    assert {host for host, _, _ in published(name)} <= {"127.0.0.1"}


@every
def test_what_a_service_needs_is_waited_for_and_nothing_else(name: str) -> None:
    awaited = {n: how for n, how in SERVICES[name].get("depends_on", {}).items() if n != ONE_SHOT}

    assert awaited == {need: {"condition": "service_healthy"} for need in TABLE[name].needs}


@every
def test_a_container_may_take_the_memory_of_the_table(name: str) -> None:
    assert limit(name) == TABLE[name].memory_mb


def test_all_limits_together_are_below_8_gb() -> None:
    assert sum(map(limit, SERVICES)) * 2**20 < GB8


@every
def test_a_service_has_a_health_check_at_short_intervals(name: str) -> None:
    for files in (SERVICES, OVERRIDE["services"]):
        check = files[name].get("healthcheck") or SERVICES[name]["healthcheck"]
        assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["healthcheck"]["start_interval"] == "1s"


def test_whoever_is_waited_for_to_be_healthy_has_a_health_check() -> None:
    awaited = {
        need
        for entry in SERVICES.values()
        for need, how in entry.get("depends_on", {}).items()
        if how["condition"] == "service_healthy"
    }

    assert [name for name in sorted(awaited) if "healthcheck" not in SERVICES[name]] == []


def test_a_one_shot_is_waited_for_by_its_end_or_up_wait_would_fail_when_it_exits() -> None:
    waits = [e["depends_on"][ONE_SHOT] for e in SERVICES.values() if ONE_SHOT in e.get("depends_on", {})]

    assert SERVICES[ONE_SHOT]["restart"] == "no"
    assert {"condition": "service_completed_successfully"} in waits
    assert [name for name, entry in SERVICES.items() if entry["restart"] == "no"] == [ONE_SHOT]


@every_entry
def test_a_container_can_gain_nothing_and_writes_only_where_it_must(name: str) -> None:
    entry = SERVICES[name]

    assert entry["security_opt"] == ["no-new-privileges:true"]
    assert entry["cap_drop"] == ["ALL"]
    assert entry["read_only"] is True
    assert not {"privileged", "cap_add", "network_mode", "pid"} & entry.keys()
    assert [v for v in entry.get("volumes", []) if "docker.sock" in v] == []


@every_entry
def test_an_image_is_pinned_and_may_be_replaced_by_a_setting(name: str) -> None:
    found = re.fullmatch(r"\$\{(LAKESTAND_\w+_IMAGE):-\S+:([\w.-]+)\}", SERVICES[name]["image"])

    assert found
    assert found[1].removeprefix(PREFIX).lower() in image_settings()
    assert found[2] != "latest"


@every_entry
def test_every_image_can_be_built(name: str) -> None:
    entry = OVERRIDE["services"][name]
    if name != ONE_SHOT:
        assert entry["build"]["dockerfile"] == "docker/Dockerfile"
        assert entry["build"]["args"]["SERVICE"] == name
        assert entry["command"] == [name]
        assert entry["user"] == "10001:10001"
    assert entry["image"].startswith("lakestand/")


def _texts(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _texts(each)]
    return [text for each in value for text in _texts(each)] if isinstance(value, list) else [str(value)]


@pytest.mark.parametrize("field", Settings.secret_fields())
def test_a_secret_is_a_variable_without_a_default(field: str) -> None:
    for file in (FILE, BUILD):
        used = re.findall(rf"\$\{{LAKESTAND_{field.upper()}([^}}]*)\}}", (ROOT / file).read_text())
        assert set(used) <= {":?made by invoke up"}
    assert f"LAKESTAND_{field.upper()}" in (ROOT / FILE).read_text()


def test_no_environment_gives_a_password_as_it_is() -> None:
    named = re.compile(r"PASSWORD|SECRET|TOKEN")
    given: dict[str, Any] = {
        f"{name}.{key}": value
        for name, entry in SERVICES.items()
        for key, value in entry.get("environment", {}).items()
        if named.search(key)
    }

    assert given
    assert [key for key, value in given.items() if not value.startswith("${")] == []


@every
def test_a_port_of_the_file_is_one_of_the_settings(name: str) -> None:
    for port in SERVICES[name]["ports"]:
        variable = re.search(r"\$\{(LAKESTAND_\w+):-", port)
        assert variable
        assert variable[1] in variables(plain.settings())


@pytest.mark.parametrize("file", [FILE, BUILD], ids=["pulled", "built"])
def test_what_the_files_leave_open_is_given_by_the_settings(file: Path) -> None:
    """Not only its default: a bucket of another name would be made nowhere."""
    left_open = set(re.findall(r"\$\{(LAKESTAND_\w+)", (ROOT / file).read_text()))
    images = {f"LAKESTAND_{name.upper()}" for name in image_settings()}  # given where they are not empty

    assert left_open - images - set(variables(plain.settings())) == set()


@every_entry
def test_a_profile_that_is_left_out_leaves_nobody_waiting(name: str) -> None:
    mine = SERVICES[name].get("profiles")
    for need in SERVICES[name].get("depends_on", {}):
        its = SERVICES[need].get("profiles")
        assert its is None or (mine is not None and set(mine) <= set(its))


def test_the_stories_can_be_switched_off() -> None:
    profiles = {profile for entry in SERVICES.values() for profile in entry.get("profiles", [])}

    assert profiles == {"iceberg", "schema", "alerting", "monitoring", "spark", "mariadb"}


def test_volumes_are_named_after_their_services() -> None:
    volumes = {**COMPOSE["volumes"], **OVERRIDE["volumes"]}

    assert set(volumes) <= set(TABLE)


def test_inner_ports_of_the_store_stay_inside() -> None:
    assert [outside for _, outside, _ in published("minio")] == [9000]
