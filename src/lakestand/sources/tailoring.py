"""What a connector must be told of its tables beside their names, so that their changes arrive as they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from lakestand.errors import BadArgument
from lakestand.lake.names import TableName
from lakestand.sources import avro_names, includes
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.facts import TableFacts

OVERRIDES = "snapshot.select.statement.overrides"


def tailor(
    config: DebeziumConnectorConfig, tables: Sequence[TableFacts], columns: Callable[[str], Sequence[str]]
) -> DebeziumConnectorConfig:
    """Return *config* with what Debezium must be told of *tables*; what it says itself wins.

    Args:
        config: of the connector.
        tables: that it reads.
        columns: gives a table's columns.
    """
    properties = dict(_properties(tables)) | config.extra_config
    if config.format == "avro":
        names = {facts.name: columns(facts.name) for facts in tables}
        properties = _avro(names) | properties
    return config.model_copy(update={"extra_config": properties})


def _avro(columns: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return what lets every column keep its name in Avro; by default Debezium writes _ for what Avro lacks."""
    names = [(table, name) for table, of_table in columns.items() for name in of_table]
    if all(avro_names.NAME.fullmatch(name) for _, name in names):
        return {}
    if lost := [f"{table}.{name}" for table, name in names if not avro_names.is_readable(name)]:
        raise BadArgument(
            f"the names of {', '.join(lost)} could not be read back from Avro: register the connector without --avro"
        )
    return {"field.name.adjustment.mode": "avro_unicode"}


def _properties(tables: Sequence[TableFacts]) -> Iterator[tuple[str, str]]:
    if excluded := [includes.expression(facts.name, column) for facts in tables for column in facts.generated]:
        yield "column.exclude.list", ",".join(excluded)
    # Debezium would take any unique index for a key, one with nulls too, and the primary key where the log lacks it.
    if keys := [_key(facts) for facts in tables if facts.key_index and not facts.key_index.is_primary]:
        yield "message.key.columns", ";".join(keys)
    # A snapshot would read the rows of the tables that inherit too, whose changes are their own.
    parents = {".".join(TableName.parse(f.name)): f.quoted for f in tables if f.kind == "table" and f.children}
    if parents:
        yield OVERRIDES, ",".join(parents)
        yield from ((f"{OVERRIDES}.{name}", f"SELECT * FROM ONLY {quoted}") for name, quoted in parents.items())  # noqa: S608


def _key(facts: TableFacts) -> str:
    return f"{includes.expression(facts.name)}:{','.join(facts.key)}"
