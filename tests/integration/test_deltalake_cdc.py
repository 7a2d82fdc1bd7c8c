"""Delta's change data feed, its transactions and its time travel, by Spark on the object store."""

from __future__ import annotations

from typing import Any

import pytest
from pyarrow import fs

from lakestand.errors import TableError
from lakestand.lake import store
from lakestand.settings import Settings
from tests.fixtures.delta_spark import SERVICES, DeltaSparkManager

pytestmark = pytest.mark.services(*SERVICES)

COLUMNS = "id BIGINT NOT NULL, name STRING"
MERGE = (
    "MERGE INTO delta.`{path}` t USING (SELECT * FROM VALUES {rows} AS s(id, name, gone)) s ON t.id = s.id "
    "WHEN MATCHED AND s.gone THEN DELETE WHEN MATCHED THEN UPDATE SET name = s.name "
    "WHEN NOT MATCHED AND NOT s.gone THEN INSERT (id, name) VALUES (s.id, s.name)"
)
Change = tuple[int, str, int, str | None]


def table(spark: DeltaSparkManager, path: str, *names: str) -> Any:  # noqa: ANN401  pyspark has no types here
    """Create a table whose version 1 has rows 0, 1 … of these names, and return the session."""
    spark.create_delta_table(path, COLUMNS)
    session = spark.get_spark_session()
    values = ", ".join(f"({i}, '{name}')" for i, name in enumerate(names))
    session.sql(f"INSERT INTO delta.`{path}` VALUES {values}")
    return session


def feed(spark: DeltaSparkManager, path: str, first: int = 0, last: int | None = None) -> list[Change]:
    """Return version, kind, id and name of each change, in order."""
    rows = spark.read_delta_cdf(path, first, last).collect()
    return sorted((r._commit_version, r._change_type, r.id, r.name) for r in rows)  # noqa: SLF001  Delta's names


def rows(spark: DeltaSparkManager, path: str, **as_of: Any) -> list[tuple[int, str]]:  # noqa: ANN401
    """Return all rows, in order."""
    return sorted((r.id, r.name) for r in spark.read_delta_table(path, **as_of).collect())


def data_files(settings: Settings, path: str) -> set[str]:
    """Return the names of all Parquet files outside the log."""
    where = fs.FileSelector(path.removeprefix("s3a://"), recursive=True)
    files = [f.path for f in store.s3(settings).get_file_info(where)]
    return {p.rpartition("/")[2] for p in files if p.endswith(".parquet") and "/_delta_log/" not in p}


def test_delta_is_there_and_a_session_says_so_by_writing_and_reading(delta_spark: DeltaSparkManager) -> None:
    assert delta_spark.is_delta_available()


def test_inserted_rows_are_in_the_feed_with_version_and_time(delta_spark: DeltaSparkManager, delta_path: str) -> None:
    table(delta_spark, delta_path, "a", "b")

    changes = delta_spark.read_delta_cdf(delta_path)

    assert changes.columns == ["id", "name", "_change_type", "_commit_version", "_commit_timestamp"]
    assert feed(delta_spark, delta_path) == [(1, "insert", 0, "a"), (1, "insert", 1, "b")]
    assert len({r._commit_timestamp for r in changes.collect()}) == 1  # noqa: SLF001


def test_an_update_is_in_the_feed_as_it_was_and_as_it_is(delta_spark: DeltaSparkManager, delta_path: str) -> None:
    session = table(delta_spark, delta_path, "a", "b")

    session.sql(f"UPDATE delta.`{delta_path}` SET name = 'B' WHERE id = 1")

    assert feed(delta_spark, delta_path, 2) == [(2, "update_postimage", 1, "B"), (2, "update_preimage", 1, "b")]


def test_a_delete_is_in_the_feed_with_its_row(delta_spark: DeltaSparkManager, delta_path: str) -> None:
    session = table(delta_spark, delta_path, "a", "b")

    session.sql(f"DELETE FROM delta.`{delta_path}` WHERE id = 0")

    assert feed(delta_spark, delta_path, 2) == [(2, "delete", 0, "a")]
    assert rows(delta_spark, delta_path) == [(1, "b")]


def test_a_merge_inserts_updates_and_deletes_in_one_version(delta_spark: DeltaSparkManager, delta_path: str) -> None:
    session = table(delta_spark, delta_path, "a", "b")

    session.sql(MERGE.format(path=delta_path, rows="(0, 'A', false), (1, '', true), (2, 'c', false), (3, '', true)"))

    assert feed(delta_spark, delta_path, 2) == [
        (2, "delete", 1, "b"),
        (2, "insert", 2, "c"),
        (2, "update_postimage", 0, "A"),
        (2, "update_preimage", 0, "a"),
    ]
    assert rows(delta_spark, delta_path) == [(0, "A"), (2, "c")]


def test_the_feed_of_some_versions_has_these_only(delta_spark: DeltaSparkManager, delta_path: str) -> None:
    session = table(delta_spark, delta_path, "a")
    for i in range(1, 5):
        session.sql(f"INSERT INTO delta.`{delta_path}` VALUES ({i}, '{i}')")

    assert feed(delta_spark, delta_path, 3, 4) == [(3, "insert", 2, "2"), (4, "insert", 3, "3")]


def test_a_write_that_breaks_a_constraint_leaves_no_version_and_no_row(
    delta_spark: DeltaSparkManager, delta_path: str
) -> None:
    session = table(delta_spark, delta_path, "a")
    session.sql(f"ALTER TABLE delta.`{delta_path}` ADD CONSTRAINT small CHECK (id < 10)")
    before = session.sql(f"DESCRIBE HISTORY delta.`{delta_path}`").count()

    with pytest.raises(Exception, match="DELTA_VIOLATE_CONSTRAINT_WITH_VALUES"):
        session.sql(f"INSERT INTO delta.`{delta_path}` VALUES (5, 'fits'), (10, 'does not')")

    assert session.sql(f"DESCRIBE HISTORY delta.`{delta_path}`").count() == before
    assert rows(delta_spark, delta_path) == [(0, "a")]


def test_each_version_has_its_rows(delta_spark: DeltaSparkManager, delta_path: str) -> None:
    session = table(delta_spark, delta_path, "a")
    session.sql(f"UPDATE delta.`{delta_path}` SET name = 'b'")
    session.sql(f"DELETE FROM delta.`{delta_path}`")

    assert [rows(delta_spark, delta_path, version=v) for v in range(4)] == [[], [(0, "a")], [(0, "b")], []]


def test_a_moment_has_the_rows_of_its_time(delta_spark: DeltaSparkManager, delta_path: str) -> None:
    session = table(delta_spark, delta_path, "a")
    session.sql(f"UPDATE delta.`{delta_path}` SET name = 'b'")
    history = session.sql(f"DESCRIBE HISTORY delta.`{delta_path}`").collect()
    times = {h.version: h.timestamp.isoformat(sep=" ") for h in history}

    assert rows(delta_spark, delta_path, timestamp=times[1]) == [(0, "a")]
    assert rows(delta_spark, delta_path, timestamp=times[2]) == [(0, "b")]


def test_a_restored_version_is_in_the_feed(delta_spark: DeltaSparkManager, delta_path: str) -> None:
    session = table(delta_spark, delta_path, "a")
    session.sql(f"UPDATE delta.`{delta_path}` SET name = 'wrong'")

    session.sql(f"RESTORE TABLE delta.`{delta_path}` TO VERSION AS OF 1")

    assert rows(delta_spark, delta_path) == [(0, "a")]
    assert feed(delta_spark, delta_path, 3) == [(3, "delete", 0, "wrong"), (3, "insert", 0, "a")]


def test_an_optimized_table_has_the_same_rows_and_an_empty_feed(
    delta_spark: DeltaSparkManager, delta_path: str
) -> None:
    session = table(delta_spark, delta_path, "a")
    session.sql(f"INSERT INTO delta.`{delta_path}` VALUES (1, 'b')")

    session.sql(f"OPTIMIZE delta.`{delta_path}`")

    assert session.sql(f"DESCRIBE DETAIL delta.`{delta_path}`").collect()[0].numFiles == 1
    assert rows(delta_spark, delta_path) == [(0, "a"), (1, "b")]
    assert feed(delta_spark, delta_path, 3) == []


def test_a_vacuum_deletes_the_files_of_old_versions_and_no_row(
    settings: Settings, delta_spark: DeltaSparkManager, delta_path: str
) -> None:
    session = table(delta_spark, delta_path, "a", "b")
    session.sql(f"UPDATE delta.`{delta_path}` SET name = 'A' WHERE id = 0")
    session.sql(
        f"ALTER TABLE delta.`{delta_path}` SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 0 days')"
    )
    before = data_files(settings, delta_path)

    session.sql(f"VACUUM delta.`{delta_path}`")

    used = {name.rpartition("/")[2] for name in delta_spark.read_delta_table(delta_path).inputFiles()}
    assert data_files(settings, delta_path) == used < before
    assert rows(delta_spark, delta_path) == [(0, "A"), (1, "b")]


def test_the_feed_is_read_after_the_log_that_turned_it_on_was_cleaned_away(
    settings: Settings, delta_spark: DeltaSparkManager, delta_path: str
) -> None:
    delta_spark.create_delta_table(delta_path, COLUMNS, delta_checkpointInterval="2")
    for i in range(4):
        delta_spark.get_spark_session().sql(f"INSERT INTO delta.`{delta_path}` VALUES ({i}, '{i}')")
    for version in (0, 1, 2):
        store.s3(settings).delete_file(f"{delta_path.removeprefix('s3a://')}/_delta_log/{version:020}.json")

    assert feed(delta_spark, delta_path, 3) == [(3, "insert", 2, "2"), (4, "insert", 3, "3")]
    with pytest.raises(TableError, match="no change data feed from version 2 on, the table has versions 3 to 4"):
        delta_spark.read_delta_cdf(delta_path, 2)
