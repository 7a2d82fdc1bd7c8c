"""Large values that PostgreSQL left out because they did not change."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from lakestand.lake.memory import Memory
from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.pipeline.fold import fold
from lakestand.pipeline.target import Target
from tests.unit.pipeline.connect import Field, decoded, field, record

TEXT = "__debezium_unavailable_value"
UUID_ITEM = {"type": "string", "optional": True, "name": "io.debezium.data.Uuid"}
GEOMETRY = [field("wkb", "bytes"), field("srid", "int32")]


def _coded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _items(kind: str) -> dict[str, Any]:
    return {"items": {"type": kind, "optional": True}}


# Column, a value, and the placeholder as Debezium writes it for such a column.
FORMS: dict[str, tuple[Field, object, object]] = {
    "text": (field("x", "string"), "long", TEXT),
    "json": (field("x", "string", "io.debezium.data.Json"), "[1]", TEXT),
    "bytes": (field("x", "bytes"), _coded(b"long"), _coded(TEXT.encode())),
    "text[]": (field("x", "array", **_items("string")), ["long"], [TEXT]),
    "bytea[]": (field("x", "array", **_items("bytes")), [_coded(b"long")], [_coded(TEXT.encode())]),
    "int[]": (field("x", "array", **_items("int32")), [1], list(TEXT.encode())),
    "bigint[]": (field("x", "array", **_items("int64")), [2**40], list(TEXT.encode())),
    "uuid[]": (field("x", "array", items=UUID_ITEM), ["a"], ["b68a35a7-17ad-35b3-af2a-ae46edb4545a"]),
    "hstore": (field("x", "string", "io.debezium.data.Json"), '{"a":"b"}', f'{{"{TEXT}":"{TEXT}"}}'),
    "geometry": (
        field("x", "struct", "io.debezium.data.geometry.Geometry", fields=GEOMETRY),
        {"wkb": "AP8=", "srid": 4326},
        {"wkb": _coded(bytes.fromhex("0101000020E6100000000000FC83D797C1000000FC83D797C1")), "srid": 4326},
    ),
    "geography": (
        field("x", "struct", "io.debezium.data.geometry.Geography", fields=GEOMETRY),
        {"wkb": "AP8=", "srid": 4326},
        {"wkb": _coded(bytes.fromhex("0101000020E61000000C21E7FDFF7F66401842CEFBFF7F5640")), "srid": 4326},
    ),
}
forms = pytest.mark.parametrize(("column", "value", "placeholder"), FORMS.values(), ids=FORMS)


def change(offset: int, op: str, column: Field, value: object, number: int = 1) -> KafkaRecord:
    """Return a change of the row *number*, which has one large value."""
    return record(offset, op, after={"id": number, "x": value}, columns=(field("id", "int32"), column))


def mirrored(*batches: list[KafkaRecord]) -> list[object]:
    """Return the large values in a mirror after *batches*."""
    target = Target("shop.public.orders", sink := Memory(), "mirror", "id")
    for batch in batches:
        for events in decoded(*batch):
            target.apply(events)
    return [r["x"] for r in sink.tables["orders"].read().sort_by("id").to_pylist()]


@forms
def test_the_table_keeps_what_was_not_logged(column: Field, value: object, placeholder: object) -> None:
    written = mirrored([change(0, "c", column, value)])

    assert mirrored([change(0, "c", column, value)], [change(1, "u", column, placeholder)]) == written


@forms
def test_an_earlier_event_of_the_batch_is_remembered(column: Field, value: object, placeholder: object) -> None:
    written = mirrored([change(0, "c", column, value)])

    assert mirrored([change(0, "c", column, value), change(1, "u", column, placeholder)]) == written


def test_one_row_does_not_get_the_value_of_another() -> None:
    x = field("x", "string")
    rows = [change(0, "c", x, "one", 1), change(1, "c", x, "two", 2)]

    assert mirrored(rows, [change(2, "u", x, TEXT, 2), change(3, "u", x, TEXT, 1)]) == ["one", "two"]


def test_a_value_from_before_a_delete_is_forgotten() -> None:
    x = field("x", "string")
    columns = (field("id", "int32"), x)
    delete = record(1, "d", before={"id": 1, "x": None}, columns=columns)
    (events,) = decoded(change(0, "c", x, "old"), delete, change(2, "u", x, TEXT))

    assert fold(events, events.rows).upserts.to_pylist() == [{"id": 1, "x": None}]


def test_a_row_whose_key_changes_keeps_what_was_not_logged() -> None:
    x = field("x", "string")
    delete = record(1, "d", before={"id": 1, "x": None}, columns=(field("id", "int32"), x))
    moved = [delete, change(2, "c", x, TEXT, 5), change(3, "u", x, TEXT, 5)]

    assert mirrored([change(0, "c", x, "long"), *moved]) == ["long"]
    assert mirrored([change(0, "c", x, "long")], moved) == ["long"]


def test_a_row_that_is_inserted_after_a_delete_is_another() -> None:
    x = field("x", "string")
    delete = record(2, "d", before={"id": 2, "x": None}, columns=(field("id", "int32"), x))
    rows = [change(0, "c", x, "one", 1), change(1, "c", x, "two", 2)]

    assert mirrored(rows, [delete, change(3, "u", x, TEXT, 1), change(4, "c", x, "new", 3)]) == ["one", "new"]


def test_a_list_as_long_as_the_placeholder_is_a_list() -> None:
    numbers = list(range(len(TEXT)))

    assert mirrored([change(0, "c", field("x", "array", **_items("int32")), numbers)]) == [numbers]
