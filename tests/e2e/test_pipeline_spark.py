"""One behaviour, two engines, two sinks: the same records give the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lakestand.lake import store
from lakestand.lake.memory import Memory
from lakestand.lake.table import Partition
from lakestand.pipeline.run import Pipeline
from lakestand.settings import Settings
from tests.fixtures.spark_engine import SparkEngine, spark_engine
from tests.fixtures.stream import Stream, stream
from tests.unit.pipeline.connect import ORDERS, Field, field, message

pytestmark = pytest.mark.services("kafka", "minio", "iceberg-rest")

SINKS = pytest.mark.parametrize("sink", ["iceberg", "delta"])
ENGINES = pytest.mark.parametrize("engine", ["local", "spark"])
PLACEHOLDER = "__debezium_unavailable_value"
WIDE = (field("id", "int64"), field("note", "string"), field("added", "double"))
# The number, as Connect writes it, is 12.34.
TYPED: dict[str, tuple[Field, Any]] = {
    "d": (
        field(
            "d",
            "bytes",
            "org.apache.kafka.connect.data.Decimal",
            parameters={"scale": "2", "connect.decimal.precision": "9"},
        ),
        "BNI=",
    ),
    "day": (field("day", "int32", "io.debezium.time.Date"), 19_000),
    "at": (field("at", "int64", "io.debezium.time.MicroTimestamp"), 1_700_000_000_123_456),
    "zoned": (field("zoned", "string", "io.debezium.time.ZonedTimestamp"), "2026-02-28T23:59:59.5Z"),
    "raw": (field("raw", "bytes"), "AP8="),
    "ok": (field("ok", "boolean"), True),
    "many": (field("many", "array", items={"type": "int32", "optional": True}), [1, None, 3]),
    "real": (field("real", "double"), 0.1),
    "text": (field("text", "string"), "é😀'\\\n"),
}


@dataclass
class Place:
    """A topic, and the tables in one sink that an engine fills from it."""

    stream: Stream
    spark: SparkEngine

    def carry(self, engine: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """To the present end of the topic, by one of the engines; what the pipeline says."""
        assert self.stream.producer.flush(10) == 0
        if engine == "spark":
            return self.spark.run(self.stream.topic, self.stream.kind, self.stream.namespace, **more)
        pipeline = self.stream.pipeline()
        pipeline.run()
        return {"dead": pipeline.incidents.dead_letters, "warnings": pipeline.incidents.warnings, "error": ""}

    def reference(self) -> Memory:
        """What the local engine makes of all records, in memory."""
        memory = Memory()
        servers = self.stream.settings.bootstrap_servers
        Pipeline(bootstrap_servers=servers, topics=[self.stream.topic], sinks=[memory]).run()
        return memory

    def assert_is_the_reference(self) -> None:
        """Mirror and changelog, value by value."""
        memory = self.reference()
        assert self.stream.rows() == sorted(memory.tables["orders"].read().to_pylist(), key=lambda r: r["id"])
        changes = memory.tables["orders_changelog"].read().sort_by("_offset")
        assert self.stream.changes().to_pylist() == changes.to_pylist()


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkEngine]:
    """One warm session for all tests."""
    with spark_engine() as engine:
        yield engine


@pytest.fixture
def place(settings: Settings, spark: SparkEngine, namespace: str, sink: str) -> Iterator[Place]:
    with stream(settings, sink, namespace) as made:
        yield Place(made, spark)
    store.s3(settings).delete_dir_contents(f"{settings.delta_bucket}/{namespace}", missing_dir_ok=True)


@SINKS
@ENGINES
def test_inserts_updates_deletes_and_tombstones_give_the_reference(place: Place, engine: str) -> None:
    for number in range(5):
        place.stream.send("c", {"id": number, "note": f"n{number}"})
    place.stream.send("u", {"id": 1, "note": "é😀"})
    place.stream.send("d", {"id": 2, "note": None})
    place.stream.send_raw(None, b"{}")
    place.stream.send("c", {"id": 2, "note": "again"})
    place.stream.send("d", {"id": 3, "note": None})

    place.carry(engine)

    assert [r["id"] for r in place.stream.rows()] == [0, 1, 2, 4]
    assert "".join(place.stream.changes()["_op"].to_pylist()) == "cccccudcd"
    place.assert_is_the_reference()


@SINKS
@ENGINES
def test_a_second_batch_is_merged_into_the_first(place: Place, engine: str) -> None:
    place.stream.send("c", {"id": 1, "note": "one"})
    place.stream.send("c", {"id": 2, "note": "two"})
    place.carry(engine)
    place.stream.send("u", {"id": 1, "note": "ONE"})
    place.stream.send("d", {"id": 2, "note": None})
    place.stream.send("d", {"id": 9, "note": None})
    place.stream.send("c", {"id": 3, "note": "three"})

    place.carry(engine)

    assert place.stream.rows() == [{"id": 1, "note": "ONE"}, {"id": 3, "note": "three"}]
    place.assert_is_the_reference()


@SINKS
@ENGINES
def test_a_value_that_was_not_logged_stays(place: Place, engine: str) -> None:
    place.stream.send("c", {"id": 1, "note": "large"})
    place.stream.send("c", {"id": 2, "note": "b"})
    place.carry(engine)
    place.stream.send("u", {"id": 1, "note": PLACEHOLDER})
    place.stream.send("u", {"id": 2, "note": "B"})

    place.carry(engine)

    assert place.stream.rows() == [{"id": 1, "note": "large"}, {"id": 2, "note": "B"}]


@SINKS
@ENGINES
def test_a_truncate_empties_the_mirror(place: Place, engine: str) -> None:
    place.stream.send("c", {"id": 1, "note": "gone"})
    place.carry(engine)
    place.stream.send_raw(message({"before": None, "after": None, "source": {"ts_ms": 1}, "op": "t"}))
    place.stream.send("c", {"id": 2, "note": "new"})

    place.carry(engine)

    assert place.stream.rows() == [{"id": 2, "note": "new"}]
    place.assert_is_the_reference()


@SINKS
@ENGINES
def test_added_and_widened_columns_are_followed(place: Place, engine: str) -> None:
    place.stream.send("c", {"id": 1, "note": "narrow"})
    place.stream.send("c", {"id": 3_000_000_000, "note": "wide", "added": 0.5}, WIDE)

    place.carry(engine)

    assert place.stream.rows() == [
        {"id": 1, "note": "narrow", "added": None},
        {"id": 3_000_000_000, "note": "wide", "added": 0.5},
    ]
    place.assert_is_the_reference()


@SINKS
@ENGINES
def test_an_incompatible_type_is_refused_by_name(place: Place, engine: str) -> None:
    place.stream.send("c", {"id": 1, "note": "text"})
    place.carry(engine)
    place.stream.send("c", {"id": 2, "note": 2}, (ORDERS[0], field("note", "int32")))

    try:
        said = place.carry(engine)["error"]
    except Exception as err:  # noqa: BLE001  the local engine raises it here
        said = f"{type(err).__name__}: {err}"

    assert said.startswith("IncompatibleSchema: ")
    assert "note is string in the table and int32 in the source" in said
    assert place.stream.rows() == [{"id": 1, "note": "text"}]


@SINKS
@ENGINES
def test_values_of_every_kind_are_the_reference(place: Place, engine: str) -> None:
    columns = (ORDERS[0], *(column for column, _ in TYPED.values()))
    place.stream.send("c", {"id": 1, **{name: value for name, (_, value) in TYPED.items()}}, columns)
    place.stream.send("c", {"id": 2, **dict.fromkeys(TYPED)}, columns)

    place.carry(engine)

    place.assert_is_the_reference()


@SINKS
@ENGINES
def test_bad_records_are_put_aside_with_their_positions(place: Place, engine: str) -> None:
    place.stream.send("c", {"id": 1, "note": "a"})
    place.stream.send_raw(b"not json", b"key")
    place.stream.send("c", {"id": 2, "note": "b"})

    said = place.carry(engine)

    assert said["dead"] == 1
    assert [r["id"] for r in place.stream.rows()] == [1, 2]
    ((value, headers),) = place.stream.dead_letters()
    assert (value, headers["position"]) == (b"not json", f"{place.stream.topic}[0]@1")
    assert headers["reason"].startswith("not a Debezium envelope")


@SINKS
@ENGINES
def test_a_table_without_a_key_gets_a_changelog_only(place: Place, engine: str) -> None:
    place.stream.send_raw(message({"before": None, "after": {"id": 1}, "source": {"ts_ms": 1}, "op": "c"}))

    said = place.carry(engine)

    assert said["warnings"] == [f"{place.stream.topic} has no primary key: it gets a changelog and no mirror"]
    assert place.stream.changes().num_rows == 1
    assert place.stream.sink.existing("orders") is None


@SINKS
def test_a_batch_that_comes_again_changes_nothing(place: Place) -> None:
    place.stream.send("c", {"id": 1, "note": "a"})
    place.stream.send("u", {"id": 1, "note": "b"})
    place.carry("spark")
    versions = [place.stream.table(s).version() for s in ("", "_changelog")]

    said = place.carry("spark", again=True)

    assert said["commits"] == []
    assert [place.stream.table(s).version() for s in ("", "_changelog")] == versions
    place.assert_is_the_reference()


@SINKS
@pytest.mark.parametrize("order", [("local", "spark", "local"), ("spark", "local", "spark")], ids="-".join)
def test_either_engine_goes_on_where_the_other_stopped(place: Place, order: tuple[str, ...]) -> None:
    for turn, engine in enumerate(order):
        place.stream.send("c", {"id": turn, "note": engine})
        place.stream.send("u", {"id": 0, "note": f"turn {turn}"})
        place.carry(engine)

    assert [r["note"] for r in place.stream.rows()] == ["turn 2", *order[1:]]
    place.assert_is_the_reference()
    table = place.stream.table()
    assert (table.position(Partition(place.stream.topic, 0)), bool(table.topic_id(place.stream.topic))) == (6, True)
