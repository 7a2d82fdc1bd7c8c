"""The properties that connectors have in common, as Kafka Connect and Debezium name them, and why each is set."""

from __future__ import annotations

from lakestand.settings.logins import DatabaseName

CLASSES: dict[DatabaseName, str] = {
    "postgres": "io.debezium.connector.postgresql.PostgresConnector",
    "mysql": "io.debezium.connector.mysql.MySqlConnector",
    "mariadb": "io.debezium.connector.mariadb.MariaDbConnector",
}
CONFLUENT_CONVERTER = "io.confluent.connect.avro.AvroConverter"  # where the registry is Confluent's
AVRO_CONVERTER = "io.apicurio.registry.utils.converter.AvroConverter"
# Confluent's wire format: a zero byte, the schema's id in four bytes, the datum. The converter uses Apicurio's own
# interface, with the id of the schema's content, which Apicurio's Confluent interface has too.
AVRO = {
    "auto-register": "true",
    "find-latest": "false",
    "as-confluent": "true",
    "use-id": "contentId",
    "headers.enabled": "false",
}
# Records that describe themselves. A null stays one, whatever the column's default value is.
JSON = {
    "": "org.apache.kafka.connect.json.JsonConverter",
    ".schemas.enable": "true",
    ".replace.null.with.default": "false",
}
# Apicurio's converter has no such option: docker/connect/NoDefaults.java takes the default values away before it.
NO_DEFAULTS = {"transforms": "nodefaults", "transforms.nodefaults.type": "dev.lakestand.NoDefaults"}
# What every connector of the stand has in common.
COMMON = {
    "poll.interval.ms": "10",  # the default of 500 is most of the time that a change takes to Kafka
    "max.batch.size": "8192",
    "max.queue.size": "32768",
    "max.queue.size.in.bytes": "33554432",  # large rows: 32,768 of a megabyte would be all of Connect's memory
    "skipped.operations": "none",  # the default skips truncates
    "tombstones.on.delete": "true",
    "producer.override.compression.type": "lz4",  # JSON repeats its schema in every record
    "producer.override.transaction.timeout.ms": "120000",  # a killed worker's is ended by the next one's start
    "producer.override.linger.ms": "5",
    "producer.override.batch.size": "1048576",
}
# What a producer holds besides a record of the largest size.
BUFFER = 16 << 20
# While only other tables change, a connector confirms nothing without such a message, and the log grows.
HEARTBEAT = {"heartbeat.action.query": "SELECT pg_logical_emit_message(false, 'lakestand-heartbeat', '')"}
# Values that Debezium leaves out, rounds or fills with zeros: docker/connect/values.
VALUES: dict[DatabaseName, dict[str, str]] = {
    "postgres": {
        "converters": "lakestand",
        "lakestand.type": "dev.lakestand.PostgresValues",
        "include.unknown.datatypes": "true",  # or their values in the log are dropped before
    },
    "mysql": {"converters": "lakestand", "lakestand.type": "dev.lakestand.MySqlValues"},
    "mariadb": {"converters": "lakestand", "lakestand.type": "dev.lakestand.MySqlValues"},
}
