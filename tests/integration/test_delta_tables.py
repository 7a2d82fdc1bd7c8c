"""Delta tables on the object store beyond the change feed: evolution, writers beside one another, maintenance."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake
from pyarrow import fs

from lakestand.errors import TableError
from lakestand.lake import bootstrap, store
from lakestand.lake.delta import catalog, maintenance, reading
from lakestand.settings import Settings
from tests.fixtures.delta_spark import DeltaSparkManager

pytestmark = pytest.mark.services("minio")

WRITERS, CHANGES = 4, 5


@pytest.fixture
def name(settings: Settings) -> Iterator[str]:
    """Yield an unused name, namespace/table; what lies there is deleted after the test."""
    bootstrap.create_buckets(settings)
    folder = f"test_{uuid.uuid4().hex[:12]}"
    yield f"{folder}/orders"
    store.s3(settings).delete_dir_contents(f"{settings.delta_bucket}/{folder}", missing_dir_ok=True)


def append(settings: Settings, name: str, *ids: int, **properties: str) -> None:
    """Append rows in one commit."""
    write_deltalake(
        f"s3://{settings.delta_bucket}/{name}",
        pa.table({"id": ids, "n": [0] * len(ids)}),
        mode="append",
        storage_options=store.delta(settings),
        commit_properties=CommitProperties(custom_metadata=properties),
    )


def ids(table: DeltaTable) -> list[int]:
    """Return the ids of all rows, in order."""
    return sorted(reading.rows(table)["id"].to_pylist())


def test_writers_that_change_the_same_row_at_once_all_have_their_turn(settings: Settings, name: str) -> None:
    append(settings, name, 1)

    def change(_writer: int) -> None:
        table = catalog.load(settings, name)
        for _ in range(CHANGES):
            catalog.commit_with_retry(table, lambda t: t.update({"n": "n + 1"}, predicate="id = 1"))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(change, range(WRITERS)))

    table = catalog.load(settings, name)
    assert reading.rows(table).to_pylist() == [{"id": 1, "n": WRITERS * CHANGES}]
    assert table.version() == WRITERS * CHANGES


def test_maintenance_leaves_one_file_the_same_rows_and_no_old_file(settings: Settings, name: str) -> None:
    for i in range(6):
        append(settings, name, i)

    done = maintenance.maintain(settings, name, keep=timedelta(0))

    assert (done.files_before, done.files_after, done.files_deleted) == (6, 1, 6)
    assert ids(catalog.load(settings, name)) == [0, 1, 2, 3, 4, 5]
    where = fs.FileSelector(f"{settings.delta_bucket}/{name}", recursive=True)
    assert sum(f.path.endswith(".parquet") for f in store.s3(settings).get_file_info(where)) == 1


def test_maintenance_keeps_what_young_versions_need(settings: Settings, name: str) -> None:
    for i in range(3):
        append(settings, name, i)

    assert maintenance.maintain(settings, name, keep=timedelta(days=7)).files_deleted == 0
    assert ids(catalog.load(settings, name, version=1)) == [0, 1]


def test_a_restored_version_has_its_rows_and_is_in_the_history(settings: Settings, name: str) -> None:
    append(settings, name, 1)
    append(settings, name, 2)

    assert maintenance.restore(settings, name, 0) == 2
    assert ids(catalog.load(settings, name)) == [1]
    assert [v.operation for v in catalog.history(catalog.load(settings, name))] == ["WRITE", "WRITE", "RESTORE"]


def test_a_version_that_is_not_there_is_not_restored(settings: Settings, name: str) -> None:
    append(settings, name, 1)

    with pytest.raises(TableError, match=r"has no version 7: it stands at 0; invoke delta\.history"):
        maintenance.restore(settings, name, 7)


def test_a_pipelines_table_is_not_restored(settings: Settings, name: str) -> None:
    append(settings, name, 1, **{"lakestand.topic-id.shop.public.orders": "some-id"})

    with pytest.raises(TableError, match="is written by a pipeline, whose position would not go back"):
        maintenance.restore(settings, name, 0)


def test_a_missing_table_is_named(settings: Settings, name: str) -> None:
    with pytest.raises(TableError, match=f"no Delta table {name} in s3://{settings.delta_bucket}; invoke delta.tables"):
        catalog.load(settings, name)
    append(settings, name, 1)
    assert name in catalog.names(settings)


def test_columns_are_added_widened_renamed_and_dropped_by_spark(
    delta_spark: DeltaSparkManager, delta_path: str
) -> None:
    session, where = delta_spark.get_spark_session(), f"delta.`{delta_path}`"
    delta_spark.create_delta_table(
        delta_path,
        "id SMALLINT, old STRING, gone INT",
        delta_columnMapping_mode="name",
        delta_enableTypeWidening="true",
    )
    session.sql(f"INSERT INTO {where} VALUES (1, 'kept', 0)")
    for change in (
        "ADD COLUMN more DOUBLE",
        "ALTER COLUMN id TYPE INT",
        "RENAME COLUMN old TO label",
        "DROP COLUMN gone",
    ):
        session.sql(f"ALTER TABLE {where} {change}")
    session.sql(f"INSERT INTO {where} VALUES (70000, 'new', 0.5)")

    rows = delta_spark.read_delta_table(delta_path)
    assert rows.dtypes == [("id", "int"), ("label", "string"), ("more", "double")]
    assert sorted(tuple(r)[:2] for r in rows.collect()) == [(1, "kept"), (70_000, "new")]


def test_a_type_that_would_lose_values_is_refused_and_the_table_stays(
    delta_spark: DeltaSparkManager, delta_path: str
) -> None:
    session, where = delta_spark.get_spark_session(), f"delta.`{delta_path}`"
    delta_spark.create_delta_table(delta_path, "id BIGINT, name STRING")

    with pytest.raises(Exception, match="NOT_SUPPORTED_CHANGE_COLUMN"):
        session.sql(f"ALTER TABLE {where} ALTER COLUMN name TYPE INT")
    assert delta_spark.read_delta_table(delta_path).dtypes == [("id", "bigint"), ("name", "string")]
