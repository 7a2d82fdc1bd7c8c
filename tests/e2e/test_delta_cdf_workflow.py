"""The change feed from end to end: written by one engine or session, followed by another."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from lakestand.errors import TableError
from lakestand.lake import store
from lakestand.lake.delta import reading
from lakestand.settings import Settings
from tests.fixtures.delta_copy import follow, read_rows, run_sql
from tests.fixtures.delta_spark import SERVICES, DeltaSparkManager
from tests.fixtures.documents import ROOT

pytestmark = pytest.mark.services(*SERVICES)

# What another process sees: a session of its own, with its own JVM.
READER = """
import json, sys
from lakestand.settings import Settings
from lakestand.spark import config
from lakestand.spark.manager import DeltaSparkManager

settings, path = Settings.load(), sys.argv[1]
manager = DeltaSparkManager(settings, config.from_settings(settings, app_name="reader"))
feed = [[r._commit_version, r._change_type, r.id, r.name] for r in manager.read_delta_cdf(path).collect()]
rows = [[r.id, r.name] for r in manager.read_delta_table(path).collect()]
print(json.dumps({"rows": sorted(rows), "feed": sorted(feed)}))
"""


@pytest.fixture
def shop(delta_spark: DeltaSparkManager, delta_path: str) -> str:
    """Create a table whose rows are inserted, changed and deleted in versions 1 to 4."""
    path = f"{delta_path}/shop"
    delta_spark.create_delta_table(path, "id BIGINT, name STRING")
    run_sql(
        delta_spark,
        path,
        "INSERT INTO {t} VALUES (1, 'a'), (2, 'b'), (3, 'c')",
        "UPDATE {t} SET name = 'B' WHERE id = 2",
        "DELETE FROM {t} WHERE id = 3",
        "INSERT INTO {t} VALUES (4, 'd')",
    )
    return path


def test_a_second_session_reads_all_rows_and_the_whole_feed(shop: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READER, shop], cwd=ROOT, check=True, capture_output=True, text=True, timeout=120
    )

    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert report["rows"] == [[1, "a"], [2, "B"], [4, "d"]]
    assert report["feed"] == [
        [1, "insert", 1, "a"],
        [1, "insert", 2, "b"],
        [1, "insert", 3, "c"],
        [2, "update_postimage", 2, "B"],
        [2, "update_preimage", 2, "b"],
        [3, "delete", 3, "c"],
        [4, "insert", 4, "d"],
    ]


def test_the_feed_alone_rebuilds_the_table(delta_spark: DeltaSparkManager, shop: str) -> None:
    built: set[tuple[int, str]] = set()
    order = {"delete": 0, "update_preimage": 0, "insert": 1, "update_postimage": 1}
    feed = sorted(
        delta_spark.read_delta_cdf(shop).collect(),
        key=lambda r: (r._commit_version, order[r._change_type]),  # noqa: SLF001
    )
    for change in feed:
        row = (change.id, change.name)
        (built.add if order[change._change_type] else built.remove)(row)  # noqa: SLF001

    assert sorted(built) == read_rows(delta_spark, shop)


def test_a_copy_that_follows_the_feed_in_steps_is_the_table(
    delta_spark: DeltaSparkManager, delta_path: str, shop: str
) -> None:
    copy, version = f"{delta_path}/copy", 0
    delta_spark.create_delta_table(copy, "id BIGINT, name STRING")
    for change in ("INSERT INTO {t} VALUES (5, 'e')", "UPDATE {t} SET name = 'E' WHERE id = 5", "DELETE FROM {t}"):
        version = follow(delta_spark, shop, copy, version)
        assert read_rows(delta_spark, copy) == read_rows(delta_spark, shop)
        run_sql(delta_spark, shop, change)

    assert follow(delta_spark, shop, copy, version) == 7
    assert read_rows(delta_spark, copy) == []


def test_following_again_from_the_same_version_changes_nothing(
    delta_spark: DeltaSparkManager, delta_path: str, shop: str
) -> None:
    copy = f"{delta_path}/copy"
    delta_spark.create_delta_table(copy, "id BIGINT, name STRING")

    assert [follow(delta_spark, shop, copy, 0) for _ in range(3)] == [4, 4, 4]
    assert read_rows(delta_spark, copy) == [(1, "a"), (2, "B"), (4, "d")]


def test_a_table_that_spark_wrote_and_its_feed_are_read_by_delta_rs(settings: Settings, shop: str) -> None:
    table = DeltaTable(shop.replace("s3a:", "s3:"), storage_options=store.delta(settings))

    feed = pa.table(table.load_cdf(starting_version=2, ending_version=3).read_all())

    assert sorted(zip(*reading.rows(table).to_pydict().values(), strict=True)) == [
        (1, "a"),
        (2, "B"),
        (4, "d"),
    ]
    assert sorted(zip(feed["_commit_version"].to_pylist(), feed["_change_type"].to_pylist(), strict=True)) == [
        (2, "update_postimage"),
        (2, "update_preimage"),
        (3, "delete"),
    ]


def test_a_table_that_delta_rs_wrote_and_its_feed_are_read_by_spark(
    settings: Settings, delta_spark: DeltaSparkManager, delta_path: str
) -> None:
    uri, options = delta_path.replace("s3a:", "s3:"), store.delta(settings)
    first = pa.table({"id": [1, 2], "name": ["a", "b"]})
    write_deltalake(uri, first, storage_options=options, configuration={"delta.enableChangeDataFeed": "true"})
    DeltaTable(uri, storage_options=options).update({"name": "'B'"}, predicate="id = 2")
    DeltaTable(uri, storage_options=options).delete("id = 1")

    assert read_rows(delta_spark, delta_path) == [(2, "B")]
    feed = delta_spark.read_delta_cdf(delta_path).collect()
    assert sorted((r._commit_version, r._change_type, r.id, r.name) for r in feed) == [  # noqa: SLF001
        (0, "insert", 1, "a"),
        (0, "insert", 2, "b"),
        (1, "update_postimage", 2, "B"),
        (1, "update_preimage", 2, "b"),
        (2, "delete", 1, "a"),
    ]


def test_a_column_that_comes_later_is_in_the_feed_from_then_on(delta_spark: DeltaSparkManager, shop: str) -> None:
    run_sql(
        delta_spark, shop, "ALTER TABLE {t} ADD COLUMN more INT", "INSERT INTO {t} (id, name, more) VALUES (9, 'i', 7)"
    )

    feed = delta_spark.read_delta_cdf(shop, 4).collect()

    assert sorted((r._commit_version, r.id, r.more) for r in feed) == [(4, 4, None), (6, 9, 7)]  # noqa: SLF001


def test_a_feed_is_still_whole_after_compaction_and_a_vacuum_that_keeps_a_week(
    delta_spark: DeltaSparkManager, shop: str
) -> None:
    before = delta_spark.read_delta_cdf(shop).count()
    run_sql(delta_spark, shop, "OPTIMIZE {t}", "VACUUM {t} RETAIN 168 HOURS")

    assert delta_spark.read_delta_cdf(shop).count() == before
    assert read_rows(delta_spark, shop) == [(1, "a"), (2, "B"), (4, "d")]


def test_a_feed_that_was_off_says_from_which_version_it_is_there(
    delta_spark: DeltaSparkManager, delta_path: str
) -> None:
    delta_spark.create_delta_table(delta_path, "id BIGINT, name STRING", delta_enableChangeDataFeed="false")
    run_sql(
        delta_spark,
        delta_path,
        "INSERT INTO {t} VALUES (1, 'unseen')",
        "ALTER TABLE {t} SET TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')",
        "INSERT INTO {t} VALUES (2, 'seen')",
    )

    with pytest.raises(TableError, match="no change data feed from version 0 on, the table has versions 2 to 3"):
        delta_spark.read_delta_cdf(delta_path)
    assert [r.name for r in delta_spark.read_delta_cdf(delta_path, 2).collect()] == ["seen"]
