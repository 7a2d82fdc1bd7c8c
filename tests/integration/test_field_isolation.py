"""One table's failure halts that table alone: the others go on, now and after a restart, and the run names it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from confluent_kafka.admin import AdminClient
from pyarrow import fs

from lakestand import probe
from lakestand.demo.pipeline_thread import PipelineThread
from lakestand.errors import PipelineError
from lakestand.lake import store
from lakestand.pipeline.run import Pipeline
from lakestand.settings import Settings
from tests.fixtures.road import ROOT
from tests.fixtures.stream import Stream, stream

pytestmark = pytest.mark.services("kafka", "minio", "iceberg-rest")

ENGINES = pytest.mark.parametrize("engine", ["local", "spark"])


@pytest.fixture
def orders(settings: Settings, namespace: str) -> Iterator[Stream]:
    with stream(settings, "delta", namespace) as made:
        yield made
    store.s3(settings).delete_dir_contents(f"{settings.delta_bucket}/{namespace}", missing_dir_ok=True)


@pytest.fixture
def customers(settings: Settings, namespace: str) -> Iterator[Stream]:
    with stream(settings, "delta", namespace, table="customers") as made:
        yield made


def carry(engine: str, *streams: Stream) -> subprocess.CompletedProcess[str]:
    """Carry the streams to their end, as an operator does."""
    for each in streams:
        assert each.producer.flush(10) == 0
    topics = [f"--topic={each.topic}" for each in streams]
    argv = [sys.executable, "-m", "invoke", "pipeline.run", *topics, "--sink=delta", "--once", f"--engine={engine}"]
    argv.append(f"--namespace={streams[0].namespace}")
    return subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True, timeout=240)


def spoil(settings: Settings, namespace: str, name: str) -> None:
    """Leave a Delta log that nobody can read where the table *name* will be."""
    folder = f"{settings.delta_bucket}/{namespace}/{name}/_delta_log"
    files: fs.FileSystem = store.s3(settings)
    with files.open_output_stream(f"{folder}/{0:020}.json") as out:
        out.write(b"this is no log\n")


@ENGINES
def test_a_table_that_cannot_be_opened_halts_alone_now_and_after_a_restart(
    orders: Stream, customers: Stream, engine: str
) -> None:
    spoil(orders.settings, orders.namespace, "customers")
    for number in (1, 2):
        orders.send("c", {"id": number, "note": "a"})
        customers.send("c", {"id": number, "note": "a"})

        done = carry(engine, orders, customers)

        assert done.returncode == 1
        assert "Traceback" not in done.stdout + done.stderr
        assert f"delta customers cannot be written from {customers.topic}: " in done.stderr.splitlines()[-1]
        assert f"invoke pipeline.run --topic {customers.topic} --verbose" in done.stderr
        assert [row["id"] for row in orders.rows()] == list(range(1, number + 1))
        assert customers.table("_changelog").read().num_rows == number


def test_a_topic_that_is_deleted_under_the_pipeline_halts_its_tables_alone(orders: Stream, customers: Stream) -> None:
    servers = orders.settings.bootstrap_servers
    admin = AdminClient({"bootstrap.servers": servers})
    pipeline = Pipeline(
        bootstrap_servers=servers,
        topics=[orders.topic, customers.topic],
        sinks=[orders.sink],
        on_commit=orders.tally.add,
    )
    for each in (orders, customers):
        each.send("c", {"id": 1, "note": "a"})
        each.producer.flush(10)

    def delete() -> None:
        with PipelineThread(pipeline, orders.tally) as wait:
            wait(4)
            admin.delete_topics([customers.topic])[customers.topic].result()
            probe.until(lambda: sum(lag.is_halted for lag in pipeline.lags()) == 2, 30, "two tables that stand still")
            orders.send("c", {"id": 2, "note": "b"})
            orders.producer.flush(10)
            wait(6)

    with pytest.raises(PipelineError, match=f"topic {customers.topic} was deleted under the pipeline"):
        delete()
    assert [row["id"] for row in orders.rows()] == [1, 2]
