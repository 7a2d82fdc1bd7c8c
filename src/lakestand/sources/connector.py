"""The configuration of one Debezium connector, and what all connectors of the stand have in common."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from lakestand.settings.logins import DatabaseName
from lakestand.sources import includes
from lakestand.sources.includes import plain_name, topic_name
from lakestand.sources.properties import (
    AVRO,
    AVRO_CONVERTER,
    BUFFER,
    CLASSES,
    COMMON,
    CONFLUENT_CONVERTER,
    HEARTBEAT,
    JSON,
    NO_DEFAULTS,
    VALUES,
)

Format = Literal["json", "avro"]


class DebeziumConnectorConfig(BaseModel):
    """What a connector reads and how it writes, as the specification names it; `to_dict` gives Connect's properties."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    database: DatabaseName = "postgres"
    database_hostname: str = "127.0.0.1"
    database_port: int = 5432
    database_user: str = "postgres"
    database_password: SecretStr
    database_dbname: str
    topic_prefix: str
    plugin_name: str = "pgoutput"
    slot_name: str = ""
    publication_name: str = ""
    table_include_list: str = ""
    schema_include_list: str = ""
    signal_table: str = ""
    snapshot_mode: str = "initial"
    heartbeat_interval_ms: int = 10_000
    decimal_handling_mode: str = "precise"
    time_precision_mode: str = "adaptive_time_microseconds"
    converters: dict[str, str] = Field(default_factory=dict)
    tasks_max: int = 1
    largest_record_mb: int = 95
    format: Format = "json"
    registry_url: str = "http://127.0.0.1:8081/apis/registry/v2"
    confluent: bool = False
    bootstrap_servers: str = "127.0.0.1:9092"
    extra_config: dict[str, str] = Field(default_factory=dict)

    @property
    def slot(self) -> str:
        """The name of the replication slot: slot_name, or one made of the connector's name."""
        return self.slot_name or plain_name(self.name)

    @property
    def publication(self) -> str:
        """The name of the publication: publication_name, or the slot's name."""
        return self.publication_name or self.slot

    @property
    def server_id(self) -> int:
        """The id that MySQL knows the binlog reader by: a hash of the name, above the small ids of real servers."""
        return 100_000 + zlib.crc32(self.name.encode()) % 1_000_000_000

    @property
    def history_topic(self) -> str:
        """The topic in which MySQL's connector keeps the history of the tables' schemas."""
        return f"schema-history.{topic_name(self.name)}"

    @property
    def tables(self) -> list[str]:
        """The names of the included tables, as schema.table or database.table."""
        return includes.listed(self.table_include_list)

    def to_dict(self) -> dict[str, str]:
        """Return the connector's configuration as Connect takes it; extra_config wins over everything else."""
        own = self._postgres() if self.database == "postgres" else self._mysql()
        optional = {
            "table.include.list": self.table_include_list,
            "schema.include.list": self.schema_include_list if self.database == "postgres" else "",
            "signal.data.collection": self.signal_table,
        }
        return {
            "connector.class": CLASSES[self.database],
            "tasks.max": str(self.tasks_max),
            "database.hostname": self.database_hostname,
            "database.port": str(self.database_port),
            "database.user": self.database_user,
            "database.password": self.database_password.get_secret_value(),
            "topic.prefix": self.topic_prefix,
            "snapshot.mode": self.snapshot_mode,
            "heartbeat.interval.ms": str(self.heartbeat_interval_ms),
            "decimal.handling.mode": self.decimal_handling_mode,
            "time.precision.mode": self.time_precision_mode,
            **COMMON,
            "producer.override.max.request.size": str(self.largest_record_mb << 20),
            "producer.override.buffer.memory": str((self.largest_record_mb << 20) + BUFFER),
            **(VALUES[self.database] if self._has_our_forms() else {}),
            **own,
            **{k: v for k, v in optional.items() if v},
            **(self._avro() if self.format == "avro" else _of_both(JSON)),
            **self.converters,
            **self.extra_config,
        }

    def _avro(self) -> dict[str, str]:
        if self.confluent:
            options = {"": CONFLUENT_CONVERTER, ".schema.registry.url": self.registry_url}
            options[".ignore.default.for.nullables"] = "true"
        else:
            options = {"": AVRO_CONVERTER, **{f".apicurio.registry.{k}": v for k, v in AVRO.items()}}
            options[".apicurio.registry.url"] = self.registry_url
        options[".schemas.enable"] = "false"
        # A schema has its topic's name. Where that is no Avro name (with a hyphen, say), the registry would accept the
        # first version and refuse the second.
        more = {"schema.name.adjustment.mode": "avro"} | ({} if self.confluent else NO_DEFAULTS)
        return _of_both(options) | more

    def _has_our_forms(self) -> bool:
        """Return whether no form of values is asked for that is Debezium's own."""
        return (self.decimal_handling_mode, self.time_precision_mode) == ("precise", "adaptive_time_microseconds")

    def _postgres(self) -> dict[str, str]:
        return {
            **(HEARTBEAT if self.heartbeat_interval_ms else {}),
            # Every connector of a database reads the messages of all: one without heartbeats must leave them out too.
            "message.prefix.exclude.list": "lakestand-heartbeat",
            "database.dbname": self.database_dbname,
            "plugin.name": self.plugin_name,
            "slot.name": self.slot,
            "slot.drop.on.stop": "false",
            "publication.name": self.publication,
            "publication.autocreate.mode": "filtered",
            "publish.via.partition.root": "true",
        }

    def _mysql(self) -> dict[str, str]:
        return {
            "database.include.list": includes.databases([*self.tables, self.signal_table]) or self.database_dbname,
            "database.server.id": str(self.server_id),
            "include.schema.changes": "false",
            "schema.history.internal.kafka.bootstrap.servers": self.bootstrap_servers,
            "schema.history.internal.kafka.topic": self.history_topic,
            "schema.history.internal.store.only.captured.tables.ddl": "true",
            "driver.yearIsDateType": "false",  # a date has no year 0
            "enable.time.adjuster": "false",  # it makes 2001 of the year 1
            "connect.keep.alive.interval.ms": "1000",  # by default it takes a minute to notice a restart of MySQL
            "bigint.unsigned.handling.mode": "precise",  # "long" turns 2**64-1 into -1
            "database.ssl.mode": "disable" if self.database == "mariadb" else "disabled",
            "database.allowPublicKeyRetrieval": "true",
        }


def _of_both(options: Mapping[str, str]) -> dict[str, str]:
    """Return the *options* of a converter as properties of a connector, for its keys and for its values."""
    return {f"{part}.converter{key}": value for part in ("key", "value") for key, value in options.items()}
