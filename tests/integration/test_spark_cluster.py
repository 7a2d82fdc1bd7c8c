"""A real standalone cluster, master and two workers: the pipeline on it, and what SIGKILL leaves of its tables."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

import psutil
import pytest
import requests

from lakestand import probe
from lakestand.lake import store
from lakestand.metrics import files as metrics
from lakestand.settings import Settings
from lakestand.stand.runtimes.group import Group
from lakestand.stand.runtimes.native import Native
from lakestand.stand.runtimes.ports import listeners
from lakestand.stand.stack import Stack
from tests.fixtures.spark_driver import SECONDS, Driver, running_driver
from tests.fixtures.stream import Stream, stream

WORKERS = ("spark-worker", "spark-worker-2")
CLUSTER = ("spark", *WORKERS)
SINKS = pytest.mark.parametrize("sink", ["iceberg", "delta"])
LOOPBACK = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}

pytestmark = [
    pytest.mark.services(*CLUSTER, "kafka", "minio", "iceberg-rest"),
    pytest.mark.timeout(600),
]


@pytest.fixture
def orders(settings: Settings, namespace: str, sink: str) -> Iterator[Stream]:
    with stream(settings, sink, namespace) as changes:
        yield changes
    store.s3(settings).delete_dir_contents(f"{settings.delta_bucket}/{namespace}", missing_dir_ok=True)


def family(stack: Stack, driver: Driver) -> dict[int, str]:
    """Return the command lines of the cluster's and the driver's processes by their ids, executors among them."""
    native = stack.runtime
    assert isinstance(native, Native)
    groups = [Group.read(native.root / name / "pid") for name in CLUSTER]
    processes = [p for group in groups if group for p in group.members()]
    processes += psutil.Process(driver.process.pid).children(recursive=True)
    lines = {}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # a Python worker ended
            lines[process.pid] = " ".join(process.cmdline())
    return lines


def executors(family: dict[int, str]) -> int:
    """Count the executors."""
    return sum("CoarseGrainedExecutorBackend" in line for line in family.values())


def send(orders: Stream, numbers: range) -> None:
    """Send an insert for every number, an update for every second, a delete for every fifth."""
    for number in numbers:
        orders.send("c", {"id": number, "note": "new"})
        if number % 2 == 0:
            orders.send("u", {"id": number, "note": "changed"})
        if number % 5 == 0:
            orders.send("d", {"id": number, "note": None})
    assert orders.producer.flush(10) == 0


def expected(count: int) -> list[dict[str, object]]:
    """Return the rows of the mirror after that many numbers."""
    return [{"id": n, "note": "new" if n % 2 else "changed"} for n in range(count) if n % 5]


def operations(count: int) -> str:
    """Return the changelog's operations after that many numbers."""
    return "".join("c" + "u" * (n % 2 == 0) + "d" * (n % 5 == 0) for n in range(count))


def finish(orders: Stream) -> None:
    """Run another driver to the end of the topic."""
    with running_driver(orders, "--once") as once:
        assert once.process.wait(SECONDS) == 0, "\n".join(once.lines[-30:])


def test_the_master_lists_two_living_workers(settings: Settings) -> None:
    answer = requests.get(f"{settings.spark_page_url}/json/", timeout=10).json()

    living = sorted(w["port"] for w in answer["workers"] if w["state"] == "ALIVE")
    assert living == sorted([settings.port("spark_worker"), settings.port("spark_worker_2")])


@pytest.mark.parametrize("sink", ["delta"])
def test_cluster_and_driver_listen_on_loopback_only_and_ctrl_c_ends_it_with_all_rows(
    orders: Stream, stack: Stack
) -> None:
    send(orders, range(10))
    with running_driver(orders) as running:
        running.wait_for("delta orders: ")
        probe.until(lambda: executors(family(stack, running)) == len(WORKERS), 30, "an executor on each worker")
        commands = family(stack, running)
        addresses = listeners(list(commands))
        secret = orders.settings.s3_secret_access_key.get_secret_value()
        running.process.send_signal(signal.SIGINT)
        code = running.process.wait(60)

    assert len(addresses) >= len(CLUSTER)
    assert [(host, port) for host, port in addresses if host not in LOOPBACK] == []
    assert [line for line in commands.values() if secret in line] == []
    assert (code, running.lines[-1]) == (0, "all that was read is in the tables")
    assert orders.rows() == expected(10)


@SINKS
def test_a_killed_worker_loses_and_doubles_nothing(orders: Stream, stack: Stack) -> None:
    send(orders, range(100))
    with running_driver(orders) as running:
        running.wait_for(f"{orders.kind} orders_changelog: ")
        with stack.stopped("spark-worker-2", kill=True):
            # The changelog is written, the mirror not yet, and half of the executors are gone.
            send(orders, range(100, 200))
            running.wait_for(f"{orders.kind} orders: ", 2)

    assert orders.rows() == expected(200)
    assert "".join(orders.changes()["_op"].to_pylist()) == operations(200)


@pytest.mark.parametrize("sink", ["iceberg"])
def test_a_driver_writes_the_metrics_that_the_local_engine_writes(orders: Stream) -> None:
    send(orders, range(10))
    with running_driver(orders) as running:
        running.wait_for(f"{orders.kind} orders: ")
        file = metrics.folder(orders.settings) / f"{running.process.pid}.prom"
        probe.until(
            lambda: file.exists() and 'events_total{sink="iceberg",table="orders"}' in file.read_text(), 20, "it"
        )
        text = file.read_text()
        running.process.terminate()
        assert running.process.wait(SECONDS) == 0

    assert 'lakestand_pipeline_events_total{sink="iceberg",table="orders_changelog"} 17.0' in text
    assert f'lakestand_pipeline_halted{{sink="iceberg",table="orders",topic="{orders.topic}"}} 0.0' in text
    assert not file.exists()


@SINKS
def test_a_killed_driver_loses_and_doubles_nothing(orders: Stream) -> None:
    send(orders, range(100))
    with running_driver(orders) as running:
        running.wait_for(f"{orders.kind} orders_changelog: ")
        running.kill()
    send(orders, range(100, 200))

    finish(orders)

    assert orders.rows() == expected(200)
    assert "".join(orders.changes()["_op"].to_pylist()) == operations(200)
