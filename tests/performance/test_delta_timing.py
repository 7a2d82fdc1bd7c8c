"""Spark's start and Delta table operations on the stand's store: cold in a process of its own, and warm."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import count

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests import ROOT
from tests.fixtures.delta_spark import SERVICES, DeltaSparkManager
from tests.performance.conftest import Clock

pytestmark = pytest.mark.services(*SERVICES)

WRITE_SECONDS, READ_SECONDS = 5.0, 2.0  # SC-005
SESSIONS = 3
ROUNDS = 10
# A session and its first write and read, in seconds.
COLD = """
import json, sys, time
from lakestand.settings import Settings
from lakestand.spark import config
from lakestand.spark.manager import DeltaSparkManager

marks = [time.perf_counter()]
manager = DeltaSparkManager(Settings.load(), config.from_settings(Settings.load()))
spark = manager.get_spark_session()
marks.append(time.perf_counter())
spark.range(1000).write.format("delta").mode("overwrite").save(sys.argv[1])
marks.append(time.perf_counter())
assert len(manager.read_delta_table(sys.argv[1]).collect()) == 1000
marks.append(time.perf_counter())
print(json.dumps([b - a for a, b in zip(marks, marks[1:])]))
"""


def test_a_cold_session_with_its_first_write_and_read(
    clock: Clock, benchmark: BenchmarkFixture, delta_path: str
) -> None:
    taken: list[list[float]] = []

    def start() -> None:  # each writes a table of its own: what overwrites one reads it first
        argv = [sys.executable, "-c", COLD, f"{delta_path}/t{len(taken)}"]
        done = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True)
        taken.append(json.loads(done.stdout))

    clock.run(start, rounds=SESSIONS)  # the call before them makes the class-data archive where there is none

    session, write, read = (sorted(times[1:])[SESSIONS // 2] for times in zip(*taken, strict=True))
    benchmark.extra_info.update(session_s=session, first_write_s=write, first_read_s=read)
    print(f"\nmedians of {SESSIONS}: session {session:.2f} s, first write {write:.2f} s, first read {read:.2f} s")
    assert write < WRITE_SECONDS * 2  # the specification's limit is for a warm one; ours for a cold is 5 s in calm


def test_create_a_delta_table_by_spark(clock: Clock, delta_spark: DeltaSparkManager, delta_path: str) -> None:
    spark, numbers = delta_spark.get_spark_session(), count()

    clock.run(
        lambda: spark.sql(f"CREATE TABLE delta.`{delta_path}/t{next(numbers)}` (id BIGINT) USING delta"), rounds=5
    )

    assert delta_spark.read_delta_table(f"{delta_path}/t5").count() == 0
    assert clock.median < WRITE_SECONDS


def test_a_warm_write_of_1000_rows_by_spark(clock: Clock, delta_spark: DeltaSparkManager, delta_path: str) -> None:
    rows = delta_spark.get_spark_session().range(1000)

    clock.run(lambda: rows.write.format("delta").mode("append").save(delta_path), rounds=ROUNDS, warm=2)

    assert delta_spark.read_delta_table(delta_path).count() == 1000 * (ROUNDS + 2)
    assert clock.median < WRITE_SECONDS


def test_a_warm_read_of_1000_rows_by_spark(clock: Clock, delta_spark: DeltaSparkManager, delta_path: str) -> None:
    delta_spark.get_spark_session().range(1000).write.format("delta").save(delta_path)

    rows = clock.run(lambda: delta_spark.read_delta_table(delta_path).collect(), rounds=ROUNDS, warm=2)

    assert len(rows) == 1000
    assert clock.median < READ_SECONDS


def test_a_merge_of_1000_rows_by_spark(clock: Clock, delta_spark: DeltaSparkManager, delta_path: str) -> None:
    spark = delta_spark.get_spark_session()
    spark.range(1000).selectExpr("id", "id AS n").write.format("delta").save(delta_path)
    merge = (
        f"MERGE INTO delta.`{delta_path}` t USING (SELECT id + 500 AS id, -1 AS n FROM range(1000)) s ON t.id = s.id "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )

    clock.run(lambda: spark.sql(merge), rounds=5)

    assert delta_spark.read_delta_table(delta_path).where("n = -1").count() == 1000
    assert clock.median < WRITE_SECONDS


def test_a_read_of_1000_changes_by_spark(clock: Clock, delta_spark: DeltaSparkManager, delta_path: str) -> None:
    delta_spark.get_spark_session().range(1000).write.format("delta").save(delta_path)

    feed = clock.run(lambda: delta_spark.read_delta_cdf(delta_path).collect(), rounds=5)

    assert {row["_change_type"] for row in feed} == {"insert"}
    assert len(feed) == 1000
    assert clock.median < READ_SECONDS
