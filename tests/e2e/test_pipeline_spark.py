"""One behaviour, two engines, two sinks: the same records give the same rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lakestand.lake import store
from lakestand.lake.table import Partition
from lakestand.settings import Settings
from tests.fixtures.either_engine import EitherEngine
from tests.fixtures.spark_engine import SparkEngine, spark_engine
from tests.fixtures.stream import stream
from tests.fixtures.typed_columns import TYPED
from tests.unit.pipeline.connect import ORDERS, field, message

pytestmark = pytest.mark.services("kafka", "minio", "iceberg-rest")

SINKS = pytest.mark.parametrize("sink", ["iceberg", "delta"])
ENGINES = pytest.mark.parametrize("engine", ["local", "spark"])
PLACEHOLDER = "__debezium_unavailable_value"
WIDE = (field("id", "int64"), field("note", "string"), field("added", "double"))


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkEngine]:
    """Run one warm session for all tests."""
    with spark_engine() as engine:
        yield engine


@pytest.fixture
def tables(settings: Settings, spark: SparkEngine, namespace: str, sink: str) -> Iterator[EitherEngine]:
    with stream(settings, sink, namespace) as orders:
        yield EitherEngine(orders, spark)
    store.s3(settings).delete_dir_contents(f"{settings.delta_bucket}/{namespace}", missing_dir_ok=True)


@SINKS
@ENGINES
def test_inserts_updates_deletes_and_tombstones_give_the_reference(tables: EitherEngine, engine: str) -> None:
    for number in range(5):
        tables.stream.send("c", {"id": number, "note": f"n{number}"})
    tables.stream.send("u", {"id": 1, "note": "é😀"})
    tables.stream.send("d", {"id": 2, "note": None})
    tables.stream.send_raw(None, b"{}")
    tables.stream.send("c", {"id": 2, "note": "again"})
    tables.stream.send("d", {"id": 3, "note": None})

    tables.carry(engine)

    assert [r["id"] for r in tables.stream.rows()] == [0, 1, 2, 4]
    assert "".join(tables.stream.changes()["_op"].to_pylist()) == "cccccudcd"
    tables.assert_is_the_reference()


@SINKS
@ENGINES
def test_a_second_batch_is_merged_into_the_first(tables: EitherEngine, engine: str) -> None:
    tables.stream.send("c", {"id": 1, "note": "one"})
    tables.stream.send("c", {"id": 2, "note": "two"})
    tables.carry(engine)
    tables.stream.send("u", {"id": 1, "note": "ONE"})
    tables.stream.send("d", {"id": 2, "note": None})
    tables.stream.send("d", {"id": 9, "note": None})
    tables.stream.send("c", {"id": 3, "note": "three"})

    tables.carry(engine)

    assert tables.stream.rows() == [{"id": 1, "note": "ONE"}, {"id": 3, "note": "three"}]
    tables.assert_is_the_reference()


@SINKS
@ENGINES
def test_a_value_that_was_not_logged_stays(tables: EitherEngine, engine: str) -> None:
    tables.stream.send("c", {"id": 1, "note": "large"})
    tables.stream.send("c", {"id": 2, "note": "b"})
    tables.carry(engine)
    tables.stream.send("u", {"id": 1, "note": PLACEHOLDER})
    tables.stream.send("u", {"id": 2, "note": "B"})

    tables.carry(engine)

    assert tables.stream.rows() == [{"id": 1, "note": "large"}, {"id": 2, "note": "B"}]


@SINKS
@ENGINES
def test_a_truncate_empties_the_mirror(tables: EitherEngine, engine: str) -> None:
    tables.stream.send("c", {"id": 1, "note": "gone"})
    tables.carry(engine)
    tables.stream.send_raw(message({"before": None, "after": None, "source": {"ts_ms": 1}, "op": "t"}))
    tables.stream.send("c", {"id": 2, "note": "new"})

    tables.carry(engine)

    assert tables.stream.rows() == [{"id": 2, "note": "new"}]
    tables.assert_is_the_reference()


@SINKS
@ENGINES
def test_added_and_widened_columns_are_followed(tables: EitherEngine, engine: str) -> None:
    tables.stream.send("c", {"id": 1, "note": "narrow"})
    tables.stream.send("c", {"id": 3_000_000_000, "note": "wide", "added": 0.5}, WIDE)

    tables.carry(engine)

    assert tables.stream.rows() == [
        {"id": 1, "note": "narrow", "added": None},
        {"id": 3_000_000_000, "note": "wide", "added": 0.5},
    ]
    tables.assert_is_the_reference()


@SINKS
@ENGINES
def test_an_incompatible_type_is_refused_by_name(tables: EitherEngine, engine: str) -> None:
    tables.stream.send("c", {"id": 1, "note": "text"})
    tables.carry(engine)
    tables.stream.send("c", {"id": 2, "note": 2}, (ORDERS[0], field("note", "int32")))

    try:
        error = tables.carry(engine)["error"]
    except Exception as err:  # noqa: BLE001  the local engine raises it here
        error = f"{type(err).__name__}: {err}"

    assert error.startswith("IncompatibleSchema: ")
    assert "note is string in the table and int32 in the source" in error
    assert tables.stream.rows() == [{"id": 1, "note": "text"}]


@SINKS
@ENGINES
def test_values_of_every_kind_are_the_reference(tables: EitherEngine, engine: str) -> None:
    columns = (ORDERS[0], *(column for column, _ in TYPED.values()))
    tables.stream.send("c", {"id": 1, **{name: value for name, (_, value) in TYPED.items()}}, columns)
    tables.stream.send("c", {"id": 2, **dict.fromkeys(TYPED)}, columns)

    tables.carry(engine)

    tables.assert_is_the_reference()


@SINKS
@ENGINES
def test_bad_records_are_put_aside_with_their_positions(tables: EitherEngine, engine: str) -> None:
    tables.stream.send("c", {"id": 1, "note": "a"})
    tables.stream.send_raw(b"not json", b"key")
    tables.stream.send("c", {"id": 2, "note": "b"})

    outcome = tables.carry(engine)

    assert outcome["dead"] == 1
    assert [r["id"] for r in tables.stream.rows()] == [1, 2]
    ((value, headers),) = tables.stream.dead_letters()
    assert (value, headers["position"]) == (b"not json", f"{tables.stream.topic}[0]@1")
    assert headers["reason"].startswith("not a Debezium envelope")


@SINKS
@ENGINES
def test_a_table_without_a_key_gets_a_changelog_only(tables: EitherEngine, engine: str) -> None:
    tables.stream.send_raw(message({"before": None, "after": {"id": 1}, "source": {"ts_ms": 1}, "op": "c"}))

    outcome = tables.carry(engine)

    assert outcome["warnings"] == [f"{tables.stream.topic} has no primary key: it gets a changelog and no mirror"]
    assert tables.stream.changes().num_rows == 1
    assert tables.stream.sink.existing("orders") is None


@SINKS
def test_a_batch_that_comes_again_changes_nothing(tables: EitherEngine) -> None:
    tables.stream.send("c", {"id": 1, "note": "a"})
    tables.stream.send("u", {"id": 1, "note": "b"})
    tables.carry("spark")
    versions = [tables.stream.table(s).version() for s in ("", "_changelog")]

    outcome = tables.carry("spark", again=True)

    assert outcome["commits"] == []
    assert [tables.stream.table(s).version() for s in ("", "_changelog")] == versions
    tables.assert_is_the_reference()


@SINKS
@pytest.mark.parametrize("order", [("local", "spark", "local"), ("spark", "local", "spark")], ids="-".join)
def test_either_engine_goes_on_where_the_other_stopped(tables: EitherEngine, order: tuple[str, ...]) -> None:
    for turn, engine in enumerate(order):
        tables.stream.send("c", {"id": turn, "note": engine})
        tables.stream.send("u", {"id": 0, "note": f"turn {turn}"})
        tables.carry(engine)

    assert [r["note"] for r in tables.stream.rows()] == ["turn 2", *order[1:]]
    tables.assert_is_the_reference()
    table = tables.stream.table()
    assert (table.position(Partition(tables.stream.topic, 0)), bool(table.topic_id(tables.stream.topic))) == (6, True)
