"""Avro schemas as texts."""

from __future__ import annotations

import json

from lakestand.errors import BadArgument


def compact_schema(schema: str) -> str:
    """Return a schema, JSON as a text, without blanks.

    Raises:
        BadArgument: when it is no Avro schema; of a subject's first version the registry would not notice.
    """
    from fastavro.schema import SchemaParseException, parse_schema  # noqa: PLC0415  every other command would pay 60 ms for it

    try:
        parsed = json.loads(schema)
        parse_schema(parsed)
    except json.JSONDecodeError as err:
        raise BadArgument(f"the schema is no JSON: {err}") from err
    except (SchemaParseException, ValueError, TypeError) as err:
        raise BadArgument(f"the schema is no Avro: {' '.join(str(err).split())}") from err
    return json.dumps(parsed, separators=(",", ":"))
