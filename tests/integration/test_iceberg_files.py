"""The files of Iceberg tables in the object store: where they lie, how they are written, and that none is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pyarrow import fs
from pyiceberg.catalog import Catalog
from pyiceberg.io import load_file_io

from lakestand.lake import store
from lakestand.lake.iceberg import tables, writing
from lakestand.lake.iceberg.catalog import catalog_config
from lakestand.lake.iceberg.maintenance import Plan, maintain
from lakestand.settings import Settings
from tests.fixtures.appends import SCHEMA, rows
from tests.fixtures.iceberg_catalog import SERVICES, own_namespace
from tests.fixtures.proxy import proxy

pytestmark = pytest.mark.services(*SERVICES)


def files(settings: Settings, table: str) -> list[str]:
    """Return the paths of all files below the place of *table*, which may be gone."""
    folder = f"{settings.warehouse_bucket}/{table.replace('.', '/')}"
    entries = store.s3(settings).get_file_info(fs.FileSelector(folder, recursive=True, allow_not_found=True))
    return [entry.path for entry in entries if entry.is_file]


def test_a_purged_table_leaves_no_file_in_the_store(
    settings: Settings, iceberg_catalog: Catalog, namespace: str
) -> None:
    name = f"{namespace}.gone"
    writing.append(tables.create(iceberg_catalog, name, SCHEMA), rows(1))
    assert len(files(settings, name)) == 5  # metadata of the creation and of the append, manifest list, manifest, data

    tables.drop(iceberg_catalog, name)

    assert files(settings, name) == []


def test_maintenance_leaves_one_file_and_the_same_rows_and_no_stray_one(
    settings: Settings, iceberg_catalog: Catalog, namespace: str
) -> None:
    name = f"{namespace}.small"
    table = tables.create(iceberg_catalog, name, SCHEMA)
    for i in range(8):
        writing.append(table, rows(i))
    before = len(files(settings, name))
    stray = f"{settings.warehouse_bucket}/{namespace}/small/data/stray.parquet"
    with store.s3(settings).open_output_stream(stray) as lost:
        lost.write(b"by a writer that died")

    kept = maintain(iceberg_catalog, name, Plan(keep=timedelta(0)))
    done = maintain(iceberg_catalog, name, Plan.at_once())

    data = [path for path in files(settings, name) if path.endswith(".parquet")]
    assert (kept.files_before, kept.files_after, kept.snapshots_expired, kept.orphans_deleted) == (8, 1, 8, 0)
    assert (done.files_deleted, done.orphans_deleted, done.bytes_freed, len(data)) == (0, 1, 21, 1)
    assert len(files(settings, name)) < before
    assert sorted(table.refresh().scan().to_arrow()["id"].to_pylist()) == list(range(8))


def test_a_tests_namespace_leaves_nothing_in_the_catalogue_and_no_file_in_the_store(
    settings: Settings, iceberg_catalog: Catalog
) -> None:
    with own_namespace(settings, iceberg_catalog) as name:
        writing.append(tables.create(iceberg_catalog, f"{name}.orders", SCHEMA), rows(1))
        stray = f"{settings.warehouse_bucket}/{name}/orders/data/stray.parquet"
        with store.s3(settings).open_output_stream(stray) as lost:
            lost.write(b"by a writer that died")

    assert not iceberg_catalog.namespace_exists(name)
    assert files(settings, name) == []


def test_a_new_table_lies_in_the_warehouse_of_the_catalogues_configuration(
    settings: Settings, iceberg_catalog: Catalog, namespace: str
) -> None:
    table = tables.create(iceberg_catalog, f"{namespace}.where", SCHEMA)

    assert table.location() == f"s3://{settings.warehouse_bucket}/{namespace}/where"


def test_a_small_file_is_written_by_one_request(settings: Settings, iceberg_catalog: Catalog, namespace: str) -> None:
    place = tables.create(iceberg_catalog, f"{namespace}.orders", SCHEMA).location()
    with proxy(settings.port("minio")) as proxied:
        near = replace(catalog_config(settings), s3_endpoint=f"http://127.0.0.1:{proxied.port}")
        files = load_file_io(near.properties(), place)

        with files.new_output(f"{place}/small").create(overwrite=True) as small:
            small.write(b"small")

        assert proxied.forwarded == 1
    assert iceberg_catalog.load_table(f"{namespace}.orders").io.new_input(f"{place}/small").open().read() == b"small"
