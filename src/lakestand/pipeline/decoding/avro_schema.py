"""Avro schemas of Debezium's converter: back to Connect's, for the types, and bare, for a reader of many records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import orjson

Avro = Any  # a name, a union (list) or an object
Connect = dict[str, Any]

# What both worlds call differently; int stays what connect.type says, if it says something.
NAMES = {"int": "int32", "long": "int64", "record": "struct"}


def to_connect(schema: Avro, named: dict[str, Avro] | None = None, space: str = "") -> Connect:
    """The Connect schema that the converter made *schema* from, as JSON records carry it."""
    named = {} if named is None else named
    if isinstance(schema, list):
        (inner,) = [s for s in schema if s != "null"]
        return to_connect(inner, named, space)
    if isinstance(schema, str):
        known = named.get(_full(schema, space))
        return dict(known) if known else {"type": NAMES.get(schema, schema)}
    space = schema.get("namespace", space)
    made: Connect = {"type": schema.get("connect.type", NAMES.get(schema["type"], schema["type"]))}
    made |= {new: schema[old] for old, new in CARRIED.items() if old in schema}
    if made["type"] == "struct":
        made["fields"] = [to_connect(f["type"], named, space) | {"field": f["name"]} for f in schema["fields"]]
        named[_full(schema["name"], space)] = made
    elif made["type"] == "array":
        made["items"] = to_connect(schema["items"], named, space)
    return made


CARRIED = {"connect.name": "name", "connect.parameters": "parameters"}


def to_physical(schema: Avro) -> Avro:
    """The same bytes' schema without logical types, defaults and references: every record is named once, by number."""
    return _to_physical(schema, {}, "", count())


def _to_physical(schema: Avro, named: dict[str, Avro], space: str, numbers: Iterator[int]) -> Avro:
    if isinstance(schema, list):
        return [_to_physical(s, named, space, numbers) for s in schema]
    if isinstance(schema, str):
        known = named.get(_full(schema, space))
        return schema if known is None else _to_physical(known, named, known["namespace"], numbers)
    space = schema.get("namespace", space)
    made: dict[str, Avro] = {"type": schema["type"]}
    if made["type"] == "record":
        named[_full(schema["name"], space)] = schema | {"namespace": space}
        fields = [(f["name"], _to_physical(f["type"], named, space, numbers)) for f in schema["fields"]]
        return made | {"name": f"r{next(numbers)}", "fields": [{"name": name, "type": t} for name, t in fields]}
    for inner in ("items", "values"):
        if inner in schema:
            made[inner] = _to_physical(schema[inner], named, space, numbers)
    return made if len(made) > 1 else made["type"]


def _full(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"


def field_names(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Of a key's schema."""
    return tuple(str(f["name"]) for f in schema.get("fields", ()))


def describe_differences(old: str, new: str) -> list[str]:
    """The fields of a row that two versions of an envelope or a plain record do not have alike, one sentence each."""
    before, after = _columns(old), _columns(new)
    changed = [f"{n} is {after[n]}, was {before[n]}" for n in before if n in after and before[n] != after[n]]
    gone = [f"{n} is gone" for n in before if n not in after]
    return changed + gone + [f"{n} is new" for n in after if n not in before]


def _columns(text: str) -> dict[str, str]:
    fields = {f["field"]: f for f in to_connect(orjson.loads(text)).get("fields", ())}
    row = fields["after"].get("fields", ()) if "after" in fields else fields.values()
    return {f["field"]: f.get("name") or f["type"] for f in row}
