"""Finding the connector that reads a source table, and the topic that it writes the table's changes to."""

from __future__ import annotations

from lakestand.errors import ServiceError
from lakestand.settings import Settings
from lakestand.sources import includes
from lakestand.sources.captured import SourceTable, matches
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.connector import CLASSES, DebeziumConnectorConfig
from lakestand.sources.presets import rebuild


def connector_of(settings: Settings, table: SourceTable) -> DebeziumConnectorConfig:
    """Return the connector that reads *table*; ServiceError when none does, or Connect does not answer."""
    for answer in DebeziumClient(settings.connect_url).describe_connectors().values():
        stored = answer["info"]["config"]
        if stored["connector.class"] == CLASSES.get(table.database) and matches(stored, table.table):  # type: ignore[call-overload]
            return rebuild(settings, stored)
    raise ServiceError(f"no connector reads {table.table}: its rows cannot be read again; invoke connectors.register")


def topic_of(config: DebeziumConnectorConfig, table: str) -> str:
    """Return the name of the topic to which a connector writes the changes of *table* (schema.table)."""
    return includes.topic(config.topic_prefix, table)
