"""The Compose files as docker compose itself reads and runs them, without lakestand between."""

from __future__ import annotations

import os
import subprocess
from itertools import chain, combinations

import pytest

from lakestand.settings import Settings
from lakestand.stand.runtimes.compose import docker, project

PROFILES = ("iceberg", "schema", "alerting", "monitoring", "spark", "mariadb")
COMBINATIONS = list(chain.from_iterable(combinations(PROFILES, n) for n in range(len(PROFILES) + 1)))


def compose(settings: Settings, profiles: tuple[str, ...], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [part for part in project.command(settings, *arguments) if part not in {"--profile", "*"}]
    environ = os.environ | project.variables(settings) | {"COMPOSE_PROFILES": ",".join(profiles)}
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environ)


@pytest.mark.parametrize("images", ["pull", "build"])
def test_every_combination_of_profiles_is_a_valid_project(own: Settings, images: str) -> None:
    settings = own.model_copy(update={"images": images})
    faults = {p: done.stderr for p in COMBINATIONS if (done := compose(settings, p, "config", "-q")).returncode}

    assert len(COMBINATIONS) == 64
    assert faults == {}


def test_up_wait_succeeds_though_a_container_ends_and_may_be_said_twice(own: Settings) -> None:
    own.home.mkdir(parents=True, exist_ok=True)
    for _ in range(2):
        done = compose(own, (), "up", "--detach", "--no-build", "--wait", "--wait-timeout", "120", "iceberg-rest")
        assert done.returncode == 0, done.stderr

    client, mine = docker.client(), f"com.docker.compose.project={own.name}"
    states = {
        c.labels["com.docker.compose.service"]: c for c in client.containers.list(all=True, filters={"label": mine})
    }
    assert {name: c.status for name, c in states.items()} == {
        "minio": "running",
        "iceberg-rest": "running",
        "bucket-init": "exited",
    }
    assert states["bucket-init"].attrs["State"]["ExitCode"] == 0
    said = states["bucket-init"].logs().decode()
    assert "made: bucket warehouse\nmade: bucket delta\n" in said
    assert said.endswith("there: bucket warehouse\nthere: bucket delta\n")


def test_a_missing_secret_is_named_with_the_command_that_makes_it(own: Settings) -> None:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("LAKESTAND_")}
    command = [*project.command(own, "config", "-q")]
    command[2:2] = ["--env-file", os.devnull]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ)

    assert done.returncode != 0
    assert " is missing a value: made by invoke up" in done.stderr
