"""Avro schemas that Connect's converter registered: as Connect schemas, which have the types, and as physical ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import orjson

Avro = Any  # a name, a union (list) or an object
Connect = dict[str, Any]

# Avro's names → Connect's. A field's connect.type, where it has one (an int may be an int16), goes first.
NAMES = {"int": "int32", "long": "int64", "record": "struct"}


def to_connect(schema: Avro, named: dict[str, Avro] | None = None, space: str = "") -> Connect:
    """The Connect schema that the converter made *schema* from, in the form that JSON records carry it.

    *named* and *space* are the records that were described further up, and the namespace at this place.
    """
    named = {} if named is None else named
    if isinstance(schema, list):
        (inner,) = [s for s in schema if s != "null"]
        return to_connect(inner, named, space)
    if isinstance(schema, str):
        known = named.get(_full(schema, space))
        return dict(known) if known else {"type": NAMES.get(schema, schema)}
    space = schema.get("namespace", space)
    converted: Connect = {"type": schema.get("connect.type", NAMES.get(schema["type"], schema["type"]))}
    converted |= {new: schema[old] for old, new in CARRIED.items() if old in schema}
    if converted["type"] == "struct":
        converted["fields"] = [to_connect(f["type"], named, space) | _field(f) for f in schema["fields"]]
        named[_full(schema["name"], space)] = converted
    elif converted["type"] == "array":
        converted["items"] = to_connect(schema["items"], named, space)
    return converted


def _field(field: Mapping[str, Any]) -> Connect:
    """What Connect says of a field beside its type."""
    is_optional = isinstance(field["type"], list) and "null" in field["type"]
    return {"field": field["name"], "optional": is_optional, "default": field.get("default")}


CARRIED = {"connect.name": "name", "connect.parameters": "parameters"}


def to_physical(schema: Avro) -> Avro:
    """The schema of the same bytes without logical types, defaults and references.

    A record is written out wherever it occurs, under the names r0, r1, …, for a name may be defined only once.
    """
    return _to_physical(schema, {}, "", count())


def _to_physical(schema: Avro, named: dict[str, Avro], space: str, numbers: Iterator[int]) -> Avro:
    if isinstance(schema, list):
        return [_to_physical(s, named, space, numbers) for s in schema]
    if isinstance(schema, str):
        known = named.get(_full(schema, space))
        return schema if known is None else _to_physical(known, named, known["namespace"], numbers)
    space = schema.get("namespace", space)
    physical: dict[str, Avro] = {"type": schema["type"]}
    if physical["type"] == "record":
        named[_full(schema["name"], space)] = schema | {"namespace": space}
        fields = [(f["name"], _to_physical(f["type"], named, space, numbers)) for f in schema["fields"]]
        return physical | {"name": f"r{next(numbers)}", "fields": [{"name": name, "type": t} for name, t in fields]}
    for inner in ("items", "values"):
        if inner in schema:
            physical[inner] = _to_physical(schema[inner], named, space, numbers)
    return physical if len(physical) > 1 else physical["type"]


def _full(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"


def field_names(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the fields of a record's *schema*."""
    return tuple(str(f["name"]) for f in schema.get("fields", ()))


def describe_differences(old: str, new: str) -> list[str]:
    """What differs between the rows of two versions of an envelope or plain record: a clause for each field.

    ["n is int32, was string", "old is gone", "more is new"]
    """
    before, after = _columns(old), _columns(new)
    changed = [f"{n} is {after[n]}, was {before[n]}" for n in before if n in after and before[n] != after[n]]
    gone = [f"{n} is gone" for n in before if n not in after]
    return changed + gone + [f"{n} is new" for n in after if n not in before]


def _columns(text: str) -> dict[str, str]:
    fields = {f["field"]: f for f in to_connect(orjson.loads(text)).get("fields", ())}
    row = fields["after"].get("fields", ()) if "after" in fields else fields.values()
    return {f["field"]: f.get("name") or f["type"] for f in row}
