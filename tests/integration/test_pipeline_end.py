"""How `invoke pipeline.run` ends: with exit code 0 only where nothing that should be in the tables is elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lakestand import probe
from lakestand.settings import PREFIX, Settings
from lakestand.sources.connect import DebeziumClient
from tests.fixtures.road import ROOT, Road, road
from tests.fixtures.stream import Stream, stream
from tests.unit.stand.toy import free_port

pytestmark = pytest.mark.services("postgres", "connect", "minio", "iceberg-rest")

ENGINES = pytest.mark.parametrize("engine", ["local", "spark"])
ALL = "all that was read is in the tables"
Done = subprocess.CompletedProcess[str]


def carry(topics: list[str], namespace: str, *more: str, **environ: str) -> Done:
    """As an operator types it."""
    argv = [sys.executable, "-m", "invoke", "pipeline.run", "--sink=delta", f"--namespace={namespace}", *more]
    argv += [f"--topic={topic}" for topic in topics]
    given = os.environ | {f"{PREFIX}{name.upper()}": value for name, value in environ.items()}
    return subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True, timeout=240, env=given)


@pytest.fixture
def orders(settings: Settings, namespace: str) -> Iterator[Stream]:
    """A topic that no connector writes."""
    with stream(settings, "delta", namespace) as made:
        yield made


@pytest.fixture
def captured(settings: Settings) -> Iterator[Road]:
    """A table with one row, which its connector has written."""
    with road(settings, "postgres", "delta", "id INT PRIMARY KEY, note TEXT") as made:
        made.config = made.config.model_copy(update={"extra_config": {"producer.override.max.request.size": "10000"}})
        made.source.execute(f"INSERT INTO {made.table} VALUES (1)")
        made.register()
        yield made


def fail(it: Road) -> None:
    """A row that is larger than what the connector may send: its task fails, and none of its rows comes any more."""
    client = DebeziumClient(it.settings.connect_url)
    it.source.execute(f"INSERT INTO {it.table} VALUES (2, repeat('x', 100000))")
    probe.until(lambda: "FAILED" in states(client, it.config.name), 60, "a FAILED task")


def states(client: DebeziumClient, name: str) -> list[str]:
    """Of the connector and its tasks."""
    status = client.get_connector_status(name)
    return [part["state"] for part in (status["connector"], *status["tasks"])]


@ENGINES
def test_records_that_were_put_aside_are_counted_in_the_last_line_with_their_place(orders: Stream, engine: str) -> None:
    for value in (b"not json", b'{"op": "c"}'):
        orders.send_raw(value)
    orders.send("c", {"id": 1, "note": "a"})
    orders.producer.flush(10)

    done = carry([orders.topic], orders.namespace, "--once", f"--engine={engine}")

    assert done.returncode == 1
    assert ALL not in done.stdout
    assert done.stderr.splitlines()[-1] == (
        "error: not all is in the tables: 2 records are no change events and went to "
        f"{orders.topic}.dead-letter, each with its reason"
    )
    assert [row["id"] for row in orders.rows()] == [1]


def test_a_pipeline_that_is_ended_by_hand_says_so_too(orders: Stream) -> None:
    argv = [sys.executable, "-m", "invoke", "pipeline.run", "--sink=delta", f"--namespace={orders.namespace}"]
    orders.send_raw(b"not json")
    orders.send("c", {"id": 1, "note": "a"})
    orders.producer.flush(10)
    with subprocess.Popen(
        [*argv, f"--topic={orders.topic}"], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        probe.until(lambda: orders.sink.existing("orders"), 60, "the table")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert (process.returncode, ALL in out) == (1, False)
    assert err.splitlines()[-1] == (
        "error: not all is in the tables: 1 record is no change event and went to "
        f"{orders.topic}.dead-letter with its reason"
    )


def test_a_connector_that_failed_is_named_with_its_cause_and_what_helps(captured: Road) -> None:
    fail(captured)

    done = carry([captured.topic], captured.namespace, "--once")

    assert (done.returncode, ALL in done.stdout) == (1, False)
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"error: not all is in the tables: connector {captured.config.name} FAILED: ")
    assert "larger than 10000, which is the value of the max.request.size configuration" in last
    assert last.endswith(f"; invoke connectors.restart {captured.config.name}")
    assert captured.mirror()["id"].to_pylist() == [1]


def test_a_topic_that_does_not_come_is_reported_with_the_connector_that_failed_to_make_it(captured: Road) -> None:
    fail(captured)
    never = f"{captured.config.topic_prefix}.public.never"

    done = carry([never], captured.namespace, "--once")

    assert done.returncode == 1
    assert f"no topic {never} within " in done.stderr
    assert f"connector {captured.config.name} FAILED: " in done.stderr.splitlines()[-1]


def test_a_connector_that_runs_is_not_worth_a_word(captured: Road) -> None:
    done = carry([captured.topic], captured.namespace, "--once")

    assert (done.returncode, done.stderr, done.stdout.splitlines()[-1]) == (0, "", ALL)
    assert "connector" not in done.stdout


def test_a_connector_that_somebody_stopped_is_mentioned(captured: Road) -> None:
    DebeziumClient(captured.settings.connect_url).stop_connector(captured.config.name)

    done = carry([captured.topic], captured.namespace, "--once")

    name = captured.config.name
    assert done.returncode == 0
    assert done.stdout.splitlines()[-2:] == [
        f"connector {name} is STOPPED, its topics do not grow: invoke connectors.status --name {name}",
        ALL,
    ]


def test_a_topic_of_no_connector_is_mentioned(orders: Stream) -> None:
    orders.send("c", {"id": 1, "note": "a"})
    orders.producer.flush(10)

    done = carry([orders.topic], orders.namespace, "--once")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-2:] == [f"no connector writes {orders.topic}", ALL]


def test_without_connect_a_run_is_as_good_and_says_what_it_does_not_know(orders: Stream) -> None:
    orders.send("c", {"id": 1, "note": "a"})
    orders.producer.flush(10)
    nobody = str(free_port() - orders.settings.port_offset)

    done = carry([orders.topic], orders.namespace, "--once", connect_port=nobody)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-2:] == ["Kafka Connect does not answer: its connectors were not looked at", ALL]
