"""The eight things that must hold on the way from a database to Delta, read back by Spark."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from tests.e2e import bulk
from tests.e2e.started import Start, Started, empty, inserting
from tests.fixtures.delta_spark import DeltaSparkManager
from tests.fixtures.road import Road

COLUMNS = "id INT PRIMARY KEY, name VARCHAR(40), amount DECIMAL(12, 2)"
TYPES = "id BIGINT PRIMARY KEY, d DATE, t TIMESTAMP(6) NULL, f DOUBLE PRECISION, n DECIMAL(38, 10), s TEXT"
VALUES = "'2026-02-28', '2026-02-28 23:59:59.123456', 0.1, 1234567890123456789012345678.0123456789, 'é😀'"
STARTS = {
    "insert": inserting(COLUMNS, "(1, 'before', 1.25)"),
    "update": inserting(COLUMNS, "(1, 'old', 1)"),
    "delete": inserting(COLUMNS, "(1, 'goes', 1), (2, 'stays', 2)"),
    "many": (bulk.COLUMNS, bulk.load),
    "crash": inserting(COLUMNS, "(1, 'a', 1), (2, 'b', 2)"),
    "schema": inserting("id INT PRIMARY KEY, n INT, gone INT", "(1, 1, 1)"),
    "transaction": empty(COLUMNS),
    "types": inserting(TYPES, f"(9223372036854775807, {VALUES})"),
}
Row = tuple[Any, ...]


def path(road: Road, suffix: str = "") -> str:
    """Return the path of the mirror, or with the suffix _changelog of the changelog, as Spark writes it."""
    return f"s3a://{road.settings.delta_bucket}/{road.namespace}/{road.name}{suffix}"


def rows(spark: DeltaSparkManager, road: Road) -> list[Row]:
    """Return the mirror's rows as Spark reads them, ordered by key."""
    return sorted(tuple(r) for r in spark.read_delta_table(path(road)).collect())


class ToDelta(Started):
    """Tests that a class for each *database* inherits; *widen* is its SQL that makes a column n BIGINT."""

    sink = "delta"
    widen: ClassVar[str]

    @classmethod
    def starts(cls) -> dict[str, Start]:
        """Return the tables, which are the same for each database."""
        return STARTS

    def block(self, road: Road, *statements: str) -> None:
        """Run statements in one transaction."""
        raise NotImplementedError

    def test_inserted_rows_are_read_by_spark(self, roads: Mapping[str, Road], delta_spark: DeltaSparkManager) -> None:
        road = roads["insert"]
        road.source.execute(f"INSERT INTO {road.table} VALUES (2, 'é😀', -0.01), (3, NULL, NULL)")
        road.carry(3)

        expected = [(1, "before", Decimal("1.25")), (2, "é😀", Decimal("-0.01")), (3, None, None)]
        assert [
            tuple(r) for r in sorted(delta_spark.read_delta_table(path(road)).collect(), key=lambda r: r.id)
        ] == expected
        assert road.ops() == "rcc"

    def test_an_update_is_in_the_change_feed_as_it_was_and_as_it_is(
        self, roads: Mapping[str, Road], delta_spark: DeltaSparkManager
    ) -> None:
        road = roads["update"]
        road.carry(1)
        road.source.execute(f"UPDATE {road.table} SET name = 'new' WHERE id = 1")
        road.carry(1)

        feed = delta_spark.read_delta_cdf(path(road)).where("_change_type LIKE 'update%'").collect()
        assert sorted((r._change_type, r.name) for r in feed) == [  # noqa: SLF001  Delta's names
            ("update_postimage", "new"),
            ("update_preimage", "old"),
        ]

    def test_a_deleted_row_is_gone_and_in_the_feed(
        self, roads: Mapping[str, Road], delta_spark: DeltaSparkManager
    ) -> None:
        road = roads["delete"]
        road.carry(2)
        road.source.execute(f"DELETE FROM {road.table} WHERE id = 1")
        road.carry(1)

        feed = delta_spark.read_delta_cdf(path(road)).where("_change_type = 'delete'").collect()
        assert [(r.id, r.name) for r in feed] == [(1, "goes")]
        assert rows(delta_spark, road) == [(2, "stays", Decimal("2.00"))]

    def test_many_rows_are_the_sources_by_count_key_and_hash(
        self, roads: Mapping[str, Road], delta_spark: DeltaSparkManager
    ) -> None:
        road = roads["many"]
        events = len(bulk.apply_changes(road))
        road.carry(events)

        expected, _ = bulk.changed_rows()
        assert {r[0]: r for r in rows(delta_spark, road)} == expected
        assert delta_spark.read_delta_table(path(road, "_changelog")).count() == events
        assert road.compare().equal

    def test_a_killed_pipeline_goes_on_without_loss_or_double(
        self, roads: Mapping[str, Road], delta_spark: DeltaSparkManager
    ) -> None:
        road = roads["crash"]

        assert road.crash() == -9
        road.source.execute(f"INSERT INTO {road.table} VALUES (3, 'c', 3)")
        road.finish(3)

        assert [r[0] for r in rows(delta_spark, road)] == [1, 2, 3]
        assert road.ops() == "rrc"

    def test_added_widened_and_dropped_columns_are_followed(
        self, roads: Mapping[str, Road], delta_spark: DeltaSparkManager
    ) -> None:
        road = roads["schema"]
        for change in ("ADD COLUMN added INT", self.widen, "DROP COLUMN gone"):
            road.source.execute(f"ALTER TABLE {road.table} {change}")
        road.source.execute(f"INSERT INTO {road.table} (id, n, added) VALUES (2, 3000000000, 7)")
        road.carry(2)

        mirror = delta_spark.read_delta_table(path(road))
        assert mirror.dtypes == [("id", "int"), ("n", "bigint"), ("gone", "int"), ("added", "int")]
        assert sorted(tuple(r)[:2] for r in mirror.collect()) == [(1, 1), (2, 3_000_000_000)]
        assert sorted((r.id, r.gone, r.added) for r in mirror.collect()) == [(1, 1, None), (2, None, 7)]

    def test_a_transaction_of_many_rows_is_there_as_a_whole_and_in_order(
        self, roads: Mapping[str, Road], delta_spark: DeltaSparkManager
    ) -> None:
        road = roads["transaction"]
        self.block(
            road,
            f"INSERT INTO {road.table} VALUES (1, 'a', 1), (2, 'b', 2)",
            f"UPDATE {road.table} SET amount = amount + 1",
            f"DELETE FROM {road.table} WHERE id = 1",
        )
        road.carry(5)

        assert road.ops() == "ccuud"
        assert rows(delta_spark, road) == [(2, "b", Decimal("3.00"))]

    def test_types_keep_their_values(self, roads: Mapping[str, Road], delta_spark: DeltaSparkManager) -> None:
        road = roads["types"]
        road.carry(1)

        ((key, day, moment, real, exact, text),) = rows(delta_spark, road)
        assert (key, day, real, text) == (2**63 - 1, date(2026, 2, 28), 0.1, "é😀")
        assert moment.replace(tzinfo=None) == datetime(2026, 2, 28, 23, 59, 59, 123456)  # noqa: DTZ001
        assert exact == Decimal("1234567890123456789012345678.0123456789")
