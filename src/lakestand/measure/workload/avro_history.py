"""The history of flights as Connect's Avro converter writes it, and the schemas that a registry holds for it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import fastavro
import orjson

from lakestand.measure.workload import history
from lakestand.pipeline.decoding.avro_format import MAGIC

Schema = dict[str, Any]

KEY, VALUE = 1, 2  # ids
NAMES = {"int32": "int", "int64": "long"}


def schemas(topic: str) -> dict[int, str]:
    """Return the schemas of keys and values as text, by their ids."""
    key = {"type": "struct", "fields": [history.COLUMNS[0] | {"optional": False}], "name": f"{topic}.Key"}
    return {KEY: orjson.dumps(_record(key)).decode(), VALUE: orjson.dumps(_envelope(topic)).decode()}


def messages(
    topic: str, events: int, seed: int = 1, *, ids: tuple[int, int] = (KEY, VALUE)
) -> Iterator[history.Message]:
    """Yield what history.messages yields, in Avro; *ids* are those of the schemas of keys and values."""
    parsed = [fastavro.parse_schema(orjson.loads(text)) for text in schemas(topic).values()]
    (key_id, key_schema), (value_id, value_schema) = zip(ids, parsed, strict=True)
    for number, (op, row) in enumerate(history.changes(events, seed)):
        key = _encode(key_id, key_schema, {"id": row["id"]})
        yield key, _encode(value_id, value_schema, history.payload(number, op, row))
        if op == "d":
            yield key, None


def _encode(number: int, schema: Any, datum: Any) -> bytes:  # noqa: ANN401  fastavro's
    out = io.BytesIO()
    out.write(bytes([MAGIC]) + number.to_bytes(4, "big"))
    fastavro.schemaless_writer(out, schema, datum)
    return out.getvalue()


def _envelope(topic: str) -> Schema:
    envelope = _record(history.envelope(topic))
    before, after = envelope["fields"][:2]
    after["type"] = ["null", before["type"][1]["name"]]  # a record is described once, and named then
    return envelope


def _record(struct: history.Field) -> Schema:
    name = struct["name"].rpartition(".")[2]
    return {
        "type": "record",
        "name": name,
        "fields": list(map(_field, struct["fields"])),
        "connect.name": struct["name"],
    }


def _field(field: history.Field) -> Schema:
    if not field["optional"]:
        return {"name": field["field"], "type": _type(field)}
    return {"name": field["field"], "type": ["null", _type(field)], "default": None}


def _type(field: history.Field) -> object:
    if field["type"] == "struct":
        return _record(field)
    plain = NAMES.get(field["type"], field["type"])
    return {"type": plain, "connect.name": field["name"]} if "name" in field else plain
