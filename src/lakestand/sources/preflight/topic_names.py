"""Whether Kafka can have a topic for each table of a connector: its names are poorer than those of tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lakestand.lake.names import TableName
from lakestand.sources import includes
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.findings import Finding

LONGEST = 249
QUOTED = re.compile(r"""(["'`]).*\1""", re.DOTALL)


def examine(config: DebeziumConnectorConfig, topics: Collection[str]) -> Iterator[Finding]:
    """Yield an error for each table that has no topic of its own, and a warning where a topic is called otherwise.

    Args:
        config: of the connector.
        topics: that exist.
    """
    sharing: set[str] = set()
    yield from (_quoted(table) for table in config.tables if any(map(QUOTED.fullmatch, TableName.parse(table))))
    for name, tables in includes.collisions(config.topic_prefix, config.tables):
        sharing.update(tables)
        yield Finding(
            severity="error",
            table=tables[0],
            text=f"its topic would be that of {', '.join(tables[1:])} too, {name}: to Kafka only letters, digits and "
            "hyphens tell topics apart",
            help="Give each a connector of its own: --tables and --name",
        )
    for table in config.tables:
        if table not in sharing:
            yield from _examine(config, table, topics)


def _quoted(table: str) -> Finding:
    text = "its name is in quotes of its own, which Debezium takes for those of SQL: it would look for another table"
    return Finding(severity="error", table=table, text=text, help="Rename it")


def _examine(config: DebeziumConnectorConfig, table: str, topics: Collection[str]) -> Iterator[Finding]:
    name = includes.topic(config.topic_prefix, table)
    alike = sorted(t for t in topics if t != name and t.replace(".", "_") == name.replace(".", "_"))
    if alike or len(name) > LONGEST:
        text = f"is too like topic {alike[0]}" if alike else f"has more than {LONGEST} characters"
        help_ = "Give the connector another name: --name"
        yield Finding(severity="error", table=table, text=f"its topic {name} {text}: Kafka refuses it", help=help_)
    elif name != f"{config.topic_prefix}.{table}":
        yield Finding(severity="warning", table=table, text=f"its changes are in topic {name}")
