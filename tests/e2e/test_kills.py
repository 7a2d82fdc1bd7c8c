"""SIGKILL of the pipeline and of every service on the road: nothing lost, nothing doubled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product

import psycopg
import pymysql
import pytest

from lakestand import probe
from lakestand.errors import ServiceError
from lakestand.stand.stack import Stack
from tests.e2e.conftest import MakeRoad
from tests.fixtures.road import SERVICES, Road

pytestmark = pytest.mark.services(*SERVICES)

ROADS = pytest.mark.parametrize(("database", "sink"), list(product(("postgres", "mysql"), ("iceberg", "delta"))))
COLUMNS = "id INT PRIMARY KEY, n INT"
COUNT = 200
HALF_SECONDS = 60.0


@contextmanager
def writing(road: Road, count: int) -> Iterator[Callable[[], None]]:
    """*count* commits, one row each, in a thread; each is tried until the database has taken it.

    Yields a function that waits for half of them; it raises what the thread fails with, and so does the block's end.
    """
    half = threading.Event()

    def insert(number: int) -> bool:
        try:
            road.source.execute(f"INSERT INTO {road.table} VALUES ({number}, {number})")
        except (psycopg.errors.UniqueViolation, pymysql.err.IntegrityError):
            return True  # taken, only the answer was lost
        except (ServiceError, psycopg.OperationalError, pymysql.err.OperationalError):
            return False
        return True

    def write() -> None:
        for number in range(count):
            probe.until(lambda n=number: insert(n), 60, "a commit")  # type: ignore[misc]
            if number == count // 2:
                half.set()

    with ThreadPoolExecutor(1, "writer") as pool:
        work = pool.submit(write)

        def half_is_written() -> bool:
            if work.done():
                work.result()
            return half.is_set()

        yield lambda: probe.until(half_is_written, HALF_SECONDS, f"{count // 2} commits")
        work.result()


@pytest.mark.parametrize("when", ["at once", "later"])
def test_a_writer_that_fails_ends_the_test_with_its_own_error(make_road: MakeRoad, when: str) -> None:
    road = make_road("postgres", "iceberg", COLUMNS)
    limit = 0 if when == "at once" else COUNT * 3 // 4
    road.source.execute(f"ALTER TABLE {road.table} ADD CHECK (id < {limit})")

    with pytest.raises(psycopg.errors.CheckViolation), writing(road, COUNT) as wait_for_half:
        wait_for_half()


def streaming(road: Road) -> None:
    """Register the connector and wait for a first change: killed before that, it begins with a snapshot once more."""
    road.register()
    road.source.execute(f"INSERT INTO {road.table} VALUES (-1, -1)")
    road.carry(1)


@ROADS
def test_killed_pipeline_doubles_nothing_when_it_runs_again(make_road: MakeRoad, database: str, sink: str) -> None:
    road = make_road(database, sink, COLUMNS)
    road.source.execute(f"INSERT INTO {road.table} VALUES (1, 1), (2, 2), (3, 3)")
    road.register()

    assert road.crash() == -9
    road.finish(3)

    assert road.ops() == "rrr"
    assert road.compare().equal
    assert road.mirror().num_rows == 3


@pytest.mark.parametrize("service", ["kafka", "connect", "postgres", "minio", "iceberg-rest"])
def test_killed_service_loses_and_doubles_nothing(make_road: MakeRoad, stack: Stack, service: str) -> None:
    road = make_road("postgres", "iceberg", COLUMNS)
    streaming(road)

    with writing(road, COUNT) as wait_for_half:
        wait_for_half()
        with stack.stopped(service, kill=True):
            assert stack.state(stack.services[service]) == "stopped"
    road.register()
    road.carry(COUNT)

    assert road.ops() == "c" * (COUNT + 1)
    assert road.compare().equal


@pytest.mark.parametrize("service", ["mysql", "connect"])
def test_killed_service_on_mysqls_road_loses_and_doubles_nothing(
    make_road: MakeRoad, stack: Stack, service: str
) -> None:
    road = make_road("mysql", "delta", COLUMNS)
    streaming(road)

    with writing(road, COUNT) as wait_for_half:
        wait_for_half()
        with stack.stopped(service, kill=True):
            assert stack.state(stack.services[service]) == "stopped"
    road.register()
    road.carry(COUNT)

    assert road.ops() == "c" * (COUNT + 1)
    assert road.compare().equal
