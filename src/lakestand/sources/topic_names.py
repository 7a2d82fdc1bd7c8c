"""Whether Kafka can have a topic for each table of a connector: its names are poorer than those of tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lakestand.sources import includes
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.findings import Finding

LONGEST = 249


def examine(config: DebeziumConnectorConfig, topics: Collection[str]) -> Iterator[Finding]:
    """Yield an error for each table that has no topic of its own, and a warning where a topic is called otherwise.

    Args:
        config: of the connector.
        topics: that exist.
    """
    sharing: set[str] = set()
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


def _examine(config: DebeziumConnectorConfig, table: str, topics: Collection[str]) -> Iterator[Finding]:
    name = includes.topic(config.topic_prefix, table)
    alike = sorted(t for t in topics if t != name and t.replace(".", "_") == name.replace(".", "_"))
    if alike or len(name) > LONGEST:
        text = f"is too like topic {alike[0]}" if alike else f"has more than {LONGEST} characters"
        help_ = "Give the connector another name: --name"
        yield Finding(severity="error", table=table, text=f"its topic {name} {text}: Kafka refuses it", help=help_)
    elif name != f"{config.topic_prefix}.{table}":
        yield Finding(severity="warning", table=table, text=f"its changes are in topic {name}")
