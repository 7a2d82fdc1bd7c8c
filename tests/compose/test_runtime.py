"""The Compose runtime keeps the promises of its protocol."""

from __future__ import annotations

import re
import threading

import pytest

from lakestand import probe
from lakestand.errors import StandError, StartFailed
from lakestand.settings import Settings
from lakestand.stand import checkout as stands
from lakestand.stand import doctor
from lakestand.stand.runtimes.compose import docker, project
from lakestand.stand.services import postgres
from tests.compose.conftest import up


def things(settings: Settings) -> tuple[int, int, int]:
    """How many containers, volumes and networks of the stand there are."""
    client = docker.client()
    mine: dict[str, str | list[str] | bool] = {"label": f"com.docker.compose.project={settings.name}"}
    return (
        len(client.containers.list(all=True, filters=mine)),
        len(client.volumes.list(filters=mine)),
        len(client.networks.list(filters=mine)),
    )


def test_a_killed_container_is_back_with_its_rows(own: Settings) -> None:
    stack = up(own, "postgres")
    with postgres.connect(own) as connection:
        connection.execute("CREATE TABLE t AS SELECT generate_series(1, 1000) AS id")

    with stack.stopped("postgres", kill=True):
        assert stack.state(stack.services["postgres"]) == "stopped"
        assert not stack.runtime.wanted(stack.services["postgres"])

    with postgres.connect(own) as connection:
        assert connection.execute("SELECT count(*), sum(id) FROM t").fetchone() == (1000, 500500)


def test_rows_outlive_the_container_until_the_volumes_go(own: Settings) -> None:
    stack = up(own, "postgres")
    with postgres.connect(own) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS id")
    stack.down()
    stack.runtime.clear(volumes=False)
    assert things(own)[0] == things(own)[2] == 0

    stack = up(own, "postgres")
    with postgres.connect(own) as connection:
        assert connection.execute("SELECT id FROM t").fetchall() == [(1,)]
    stack.down()
    stack.runtime.clear(volumes=True)
    assert things(own) == (0, 0, 0)


def test_logs_are_those_since_a_mark_and_are_followed(own: Settings) -> None:
    stack = up(own, "postgres")
    log, heard = stack.runtime.log(stack.services["postgres"]), threading.Event()
    tail = log.from_now()

    def listen() -> None:
        if any("divisions_by_zero" in text for text in log.follow()):
            heard.set()

    threading.Thread(target=listen, daemon=True).start()

    def said() -> bool:
        with postgres.connect(own) as connection:
            connection.execute("DO $$ BEGIN RAISE LOG 'divisions_by_zero'; END $$")
        return heard.is_set()

    probe.until(said, 30, "the followed log")
    assert "divisions_by_zero" in tail(5)
    assert "ready to accept connections" in log.tail(1000)
    assert "ready to accept connections" not in tail(1000)


def test_memory_is_that_of_the_running_container_and_below_its_limit(own: Settings) -> None:
    stack = up(own, "postgres")
    service = stack.services["postgres"]

    assert 5 < stack.runtime.memory_mb(service) < service.memory_mb
    stack.down()
    assert stack.runtime.memory_mb(service) == 0


def test_a_service_that_is_not_ready_in_time_is_named_with_its_log_and_left_for_inspection(own: Settings) -> None:
    hurried = own.model_copy(update={"start_timeout": 0.01})

    with pytest.raises(StartFailed, match=r"postgres not ready after [\d.]+ s: ") as caught:
        up(hurried, "postgres")
    assert caught.value.name == "postgres"
    assert things(own)[0] == 1
    stands.stack(own).runtime.clear(volumes=True)
    assert things(own) == (0, 0, 0)


def test_a_taken_port_is_named_with_its_holder_and_the_way_out(own: Settings) -> None:
    up(own, "postgres")
    second = own.model_copy(update={"name": f"{own.name}-2"})

    try:
        with pytest.raises(StartFailed, match=rf"port {own.port('postgres')} is taken by .*LAKESTAND_PORT_OFFSET"):
            up(second, "postgres")
    finally:
        stands.stack(second).runtime.clear(volumes=True)


def test_an_image_that_cannot_be_pulled_is_named_with_the_way_out(own: Settings) -> None:
    wrong = own.model_copy(update={"images": "pull", "postgres_image": "registry.invalid/no/such:1"})

    with pytest.raises(
        StandError, match=r"(?s)pull --quiet postgres failed: .*registry\.invalid.*LAKESTAND_IMAGES=build invoke up"
    ):
        project.create(wrong, ["postgres"], print)


def test_without_an_engine_the_command_that_helps_is_named(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    docker.client.cache_clear()
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")

    try:
        with pytest.raises(StandError, match=r"no Docker engine answers at unix:///nowhere.*invoke compose\.engine"):
            project.create(own, ["postgres"], print)
        assert not docker.answers()
    finally:
        docker.client.cache_clear()


def test_a_container_that_runs_out_of_memory_says_so(own: Settings) -> None:
    stack = up(own, "postgres")
    service = stack.services["postgres"]
    stack.runtime.stop(service)
    (container,) = docker.client().containers.list(
        all=True, filters={"label": f"com.docker.compose.project={own.name}"}
    )
    container.update(mem_limit="8m", memswap_limit="8m")
    container.start()

    probe.until(lambda: "out of its 8 MB)" in stack.runtime.log(service).tail(), 60, "the end of a container")


def test_services_that_need_more_than_docker_has_are_refused(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    client = docker.client()
    monkeypatch.setattr(client, "info", lambda: {"MemTotal": 1e8})

    with pytest.raises(
        StandError, match=r"Docker has 0\.1 GB of memory, postgres need 0\.1 GB: give it more, or start less"
    ):
        project.create(own, ["postgres"], print)


def test_doctor_looks_at_the_engine_and_not_at_what_native_services_need(own: Settings) -> None:
    found = {f.what: f for f in doctor.examine(own, stands.stack(own))}

    assert re.match(r"\d+\.\S+, \d+ cores, \d+\.\d GB", found["Docker engine"].found)
    assert found["images"].found == "9 of 9 are there"
    assert not {"Java", "Alertmanager", "artifacts"} & found.keys()
