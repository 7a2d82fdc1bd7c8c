"""Iceberg mirrors by position deletes beside Spark: it reads the same rows, and works on their tables meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pyiceberg.catalog import Catalog

from lakestand.lake.iceberg import incremental, partition
from lakestand.lake.iceberg.sink import Iceberg
from tests.fixtures.iceberg_catalog import SERVICES
from tests.fixtures.spark_sql import spark_sql
from tests.unit.lake.life import Life

pytestmark = pytest.mark.services(*SERVICES)

MERGE_ON_READ = ", ".join(f"'write.{kind}.mode'='merge-on-read'" for kind in ("delete", "update", "merge"))
EVEN = "id % 2 = 0"
# What Spark does to the table {t}, by name.
WORK: Mapping[str, list[str]] = {
    "nothing": [],
    "partitioned": [],
    "rewrites_delete_files": [
        "CALL lakestand.system.rewrite_position_delete_files(table => '{t}', options => map('rewrite-all', 'true'))"
    ],
    "compacts": [
        "CALL lakestand.system.rewrite_data_files(table => '{t}', options => map('rewrite-all', 'true'))",
        "CALL lakestand.system.expire_snapshots(table => '{t}', older_than => timestamp '2100-01-01 00:00:00')",
    ],
    "deletes_by_merge_on_read": [
        f"ALTER TABLE lakestand.{{t}} SET TBLPROPERTIES ({MERGE_ON_READ})",
        f"DELETE FROM lakestand.{{t}} WHERE {EVEN}",
    ],
    "deletes_by_copy_on_write": [f"DELETE FROM lakestand.{{t}} WHERE {EVEN}"],
}


def copied(life: Life, target: str) -> list[tuple[int, str]]:
    """Return the rows of a copy that Spark has made of the mirror."""
    rows = life.sink.catalog.load_table(f"{life.sink.namespace}.{target}").scan().to_arrow().to_pylist()
    return sorted((row["id"], row["note"]) for row in rows)


def test_spark_reads_the_rows_of_a_mirror_and_a_mirror_goes_on_after_what_spark_did(
    iceberg_catalog: Catalog, namespace: str
) -> None:
    sink = Iceberg(iceberg_catalog, namespace, rewrite_rows=0)
    lives = {name: Life(sink, name=name) for name in WORK}
    partition.repartition(lives["partitioned"].mirror.table, ["bucket(4, id)"])
    for life in lives.values():
        for size in (300, 150, 20, 20, 20):
            life.commit(size)
        life.check()
        assert life.totals()[1] > 0
    spark_sql(statement.format(t=f"{namespace}.{name}") for name, work in WORK.items() for statement in work)
    for name, life in lives.items():
        if name.startswith("deletes"):
            life.wanted = {key: note for key, note in life.wanted.items() if key % 2}

        since = life.head()
        before = set(life.wanted.items())
        life.commit(100)
        life.check()
        changes = incremental.changelog(life.elsewhere(), since)
        assert changes.num_rows == len(before ^ set(life.wanted.items()))
    spark_sql(f"CREATE TABLE lakestand.{namespace}.c_{n} AS SELECT * FROM lakestand.{namespace}.{n}" for n in WORK)

    assert {name: copied(life, f"c_{name}") for name, life in lives.items()} == {
        name: sorted(life.wanted.items()) for name, life in lives.items()
    }
