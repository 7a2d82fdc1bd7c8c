"""Finding the connector that reads a source table."""

from __future__ import annotations

from lakestand.errors import ServiceError
from lakestand.settings import Settings
from lakestand.sources import includes
from lakestand.sources.captured import SourceTable
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.presets import database_of, rebuild


def connector_of(settings: Settings, table: SourceTable) -> DebeziumConnectorConfig:
    """Return the connector that reads *table*; ServiceError when none does, or Connect does not answer."""
    for answer in DebeziumClient(settings.connect_url).describe_connectors().values():
        stored = answer["info"]["config"]
        include_list = stored.get("table.include.list", "")
        if database_of(stored) == table.database and includes.includes(include_list, table.table):
            return rebuild(settings, stored)
    raise ServiceError(f"no connector reads {table.table}: its rows cannot be read again; invoke connectors.register")
