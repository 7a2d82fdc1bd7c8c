"""What is looked at before a session of the pipeline is begun, without Spark."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from lakestand.errors import ArtifactError, BadArgument, ServiceError
from lakestand.pipeline.spark import session
from lakestand.spark.session import properties
from tests.unit import plain

CLOSED = "127.0.0.1:9"


@pytest.fixture
def listening() -> Iterator[str]:
    """Return an address at which a server listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_master_that_does_not_answer_is_named_with_the_commands_that_help() -> None:
    with pytest.raises(ServiceError, match=f"no Spark master answers at spark://{CLOSED} .*refused.*invoke up --only"):
        session.check_master(f"spark://{CLOSED}")


def test_one_master_of_several_is_enough(listening: str) -> None:
    session.check_master(f"spark://{CLOSED},{listening}")


@pytest.mark.parametrize("master", ["local[2]", "yarn", "k8s://https://somewhere:443"])
def test_only_a_standalone_master_is_asked(master: str) -> None:
    session.check_master(master)


@pytest.mark.parametrize("place", ["host", "host:", ":7077", "host:port"])
def test_an_address_without_host_or_port_is_refused(place: str) -> None:
    with pytest.raises(BadArgument, match="is no address of a Spark master: spark://HOST:PORT"):
        session.check_master(f"spark://{place}")


def test_another_pyspark_than_the_jars_are_for_is_refused() -> None:
    session.check_version("3.5.9")
    with pytest.raises(ArtifactError, match=r"the pipeline runs on PySpark 3\.5, not on 4\.1\.4: pip install"):
        session.check_version("4.1.4")


def test_an_executor_has_the_workers_heap_and_the_driver_its_own() -> None:
    settings = plain.settings(spark_heap_mb=2048, spark_worker_heap_mb=900)
    found = properties(settings, session.session_config(settings, "local[2]"), [])

    assert (found["spark.driver.memory"], found["spark.executor.memory"]) == ("2048m", "900m")
