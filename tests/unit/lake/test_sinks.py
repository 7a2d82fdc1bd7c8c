"""One behaviour, three sinks: what memory does, Iceberg and Delta do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog

from lakestand.lake.delta.sink import Delta
from lakestand.lake.iceberg.sink import Iceberg
from lakestand.lake.memory import Memory
from lakestand.lake.table import Batch, Mark, Partition, Sink, Table

SCHEMA = pa.schema([("id", pa.int64()), ("name", pa.string())])
PARTITION = Partition("topic", 0)
Open = Callable[[], Sink]


def iceberg(folder: Path, namespace: str = "n") -> Iceberg:
    folder.mkdir(exist_ok=True)
    options = {"type": "sql", "uri": f"sqlite:///{folder}/catalog.db", "warehouse": f"file://{folder}"}
    return Iceberg(load_catalog("unit", **options), namespace)


@pytest.fixture(params=["memory", "iceberg", "delta"])
def open_sink(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    memory = Memory()
    kinds: dict[str, Open] = {
        "memory": lambda: memory,
        "iceberg": lambda: iceberg(tmp_path),
        "delta": lambda: Delta(str(tmp_path), "n"),
    }
    return kinds[request.param]


@pytest.fixture
def table(open_sink: Open) -> Table:
    return open_sink().table("t", SCHEMA)


def rows(*pairs: tuple[int, str | None]) -> pa.Table:
    return pa.table({"id": [i for i, _ in pairs], "name": [n for _, n in pairs]}, schema=SCHEMA)


def mark(offset: int, since: int = 0) -> Mark:
    return Mark(PARTITION, since, offset, "id-1")


def batch(*upserts: tuple[int, str | None], gone: tuple[int, ...] = (), **more: Any) -> Batch:  # noqa: ANN401
    keys = pa.table({"id": pa.array([*(i for i, _ in upserts), *gone], pa.int64())})
    return Batch(**{"truncate": False, "keys": keys, "upserts": rows(*upserts), "unknown": {}} | more)


def content(table: Table) -> list[tuple[Any, ...]]:
    return sorted(tuple(row.values()) for row in table.read().to_pylist())


def test_appended_rows_are_there(table: Table) -> None:
    table.append(rows((1, "a"), (2, None)), mark(2))

    assert content(table) == [(1, "a"), (2, None)]


def test_merge_inserts_replaces_and_deletes(table: Table) -> None:
    table.merge(batch((1, "a"), (2, "b"), (3, "c")), mark(3))
    table.merge(batch((2, "B"), (4, "d"), gone=(3, 9)), mark(7, 3))

    assert content(table) == [(1, "a"), (2, "B"), (4, "d")]


def test_merge_that_only_deletes_leaves_the_rest(table: Table) -> None:
    table.merge(batch((1, "a"), (2, "b")), mark(2))
    table.merge(batch(gone=(1,)), mark(3, 2))

    assert content(table) == [(2, "b")]


def test_truncate_empties_before_it_inserts(table: Table) -> None:
    table.merge(batch((1, "a")), mark(1))
    table.merge(batch((2, "b"), truncate=True), mark(3, 1))

    assert content(table) == [(2, "b")]


def test_unknown_value_is_kept_from_the_table(table: Table) -> None:
    table.merge(batch((1, "large"), (2, "b")), mark(2))
    table.merge(batch((2, "new"), (1, None), unknown={"name": [1]}), mark(4, 2))

    assert content(table) == [(1, "large"), (2, "new")]


def test_composite_key_is_matched_as_a_whole(open_sink: Open) -> None:
    schema = pa.schema([("a", pa.int64()), ("b", pa.int64()), ("n", pa.string())])
    table = open_sink().table("t", schema)
    first = pa.table({"a": [1, 1, 2, 2], "b": [1, 2, 1, 2], "n": list("wxyz")}, schema=schema)
    table.merge(Batch(truncate=False, keys=first.select(["a", "b"]), upserts=first, unknown={}), mark(4))
    second = pa.table({"a": [1, 2], "b": [2, 1], "n": ["X", "Y"]}, schema=schema)

    table.merge(Batch(truncate=False, keys=second.select(["a", "b"]), upserts=second, unknown={}), mark(6, 4))

    assert content(table) == [(1, 1, "w"), (1, 2, "X"), (2, 1, "Y"), (2, 2, "z")]


def test_position_and_topic_id_survive_reopening(open_sink: Open) -> None:
    first = open_sink().table("t", SCHEMA)
    first.append(rows((1, "a")), mark(5))

    again = open_sink().existing("t")

    assert again is not None
    assert (again.position(PARTITION), again.position(Partition("other", 0))) == (5, 0)
    assert (again.topic_id("topic"), again.topic_id("other")) == ("id-1", "")


def test_new_table_has_no_position(table: Table) -> None:
    assert table.position(PARTITION) == 0


def test_missing_table_does_not_exist(open_sink: Open) -> None:
    assert open_sink().existing("nowhere") is None


def test_evolved_table_keeps_its_rows_and_positions(table: Table) -> None:
    table.append(rows((1, "a")), mark(1))
    wider = pa.schema([*SCHEMA, ("more", pa.float64())])

    table.evolve(wider)
    table.append(pa.table({"id": [2], "name": ["b"], "more": [0.5]}, schema=wider), mark(2, 1))

    assert content(table) == [(1, "a", None), (2, "b", 0.5)]
    assert table.position(PARTITION) == 2


def test_widened_column_keeps_its_values(open_sink: Open) -> None:
    narrow, wide = (
        pa.schema([("id", pa.int64()), ("n", pa.int32())]),
        pa.schema([("id", pa.int64()), ("n", pa.int64())]),
    )
    table = open_sink().table("t", narrow)
    table.append(pa.table({"id": [1], "n": [7]}, schema=narrow), mark(1))

    table.evolve(wide)
    table.append(pa.table({"id": [2], "n": [2**40]}, schema=wide), mark(2, 1))

    assert table.schema() == wide
    assert content(table) == [(1, 7), (2, 2**40)]


@pytest.mark.parametrize("kind", ["iceberg", "delta"])
def test_commit_that_had_gone_through_is_not_repeated(kind: str, tmp_path: Path) -> None:
    sink: Sink = iceberg(tmp_path) if kind == "iceberg" else Delta(str(tmp_path), "n")
    one, two = sink.table("t", SCHEMA), sink.table("t", SCHEMA)
    one.append(rows((1, "a")), mark(1))

    two.append(rows((1, "a")), mark(1))

    assert content(one) == [(1, "a")]
