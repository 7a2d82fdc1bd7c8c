"""The topics of a connector's tables: their names, and creating all of them before it writes.

Kafka Connect makes a topic when its first record comes, one after the other and within the transaction of the records:
at a hundred new topics that takes longer than a transaction may. One request makes 500 in less than a second.
"""

from __future__ import annotations

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from lakestand.clients.kafka import ASK_SECONDS
from lakestand.errors import ServiceError
from lakestand.settings import Settings
from lakestand.sources import includes
from lakestand.sources.connector import DebeziumConnectorConfig

# For these the broker's defaults count.
DEFAULT = -1


def table_topics(config: DebeziumConnectorConfig) -> list[str]:
    """Return the names of the topics that the connector writes its tables' changes to."""
    return [includes.topic(config.topic_prefix, table) for table in config.tables]


def create(settings: Settings, config: DebeziumConnectorConfig) -> None:
    """Create the topics of the connector's tables, those that do not exist; ServiceError when Kafka refuses.

    Not where the connector's own configuration gives its topics other names.
    """
    if "transforms" in config.extra_config:
        return
    partitions, replicas = (
        int(config.extra_config.get(f"topic.creation.default.{name}", DEFAULT))
        for name in ("partitions", "replication.factor")
    )
    admin = AdminClient({"bootstrap.servers": settings.bootstrap_servers, "log_level": 0})
    topics = [NewTopic(name, partitions, replicas) for name in table_topics(config)]
    for name, future in admin.create_topics(topics, request_timeout=ASK_SECONDS * 3).items():
        try:
            future.result()
        except KafkaException as err:
            if err.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise ServiceError(f"Kafka cannot create topic {name}: {err.args[0].str()}; invoke status") from err
