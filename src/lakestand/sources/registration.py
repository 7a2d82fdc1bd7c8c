"""Registering a connector and waiting until it streams; removing a connector with everything that it left."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from lakestand import probe
from lakestand.clients import kafka
from lakestand.clients.registry import Registry, registry_config
from lakestand.errors import BadArgument, ConnectorFailed, NotReady
from lakestand.settings import Settings
from lakestand.sources import preflight, presets, signals, tailoring, topics
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.database import Database
from lakestand.sources.databases import open_database
from lakestand.sources.findings import Finding

# Without a new record in its topics. A snapshot may take longer, and only after it does a connector attach.
ATTACH_SECONDS = 60.0
# Modes of Debezium's that read the tables' rows at a connector's first start.
WITH_ROWS = {"initial", "always", "when_needed", "initial_only", "configuration_based"}
OnProgress = Callable[[str], object]
OnFinding = Callable[[Finding], object]


def register(
    settings: Settings,
    config: DebeziumConnectorConfig,
    timeout: float = ATTACH_SECONDS,
    on_progress: OnProgress = lambda _: None,
    on_finding: OnFinding = lambda _: None,
) -> bool:
    """Create or update a connector, wait until it streams, and return whether anything changed.

    A connector streams when it and all its tasks are RUNNING, when its database shows a reader (the replication slot
    is active, or a new client reads the binary log), and when all of its snapshot is in Kafka. The topics of all its
    tables exist then.

    Args:
        settings: of the stand.
        config: of the connector.
        timeout: seconds without a new record in its topics after which the wait ends; a snapshot may take longer.
        on_progress: is called with a sentence on how far the snapshot is.
        on_finding: is called with each warning and note of the database's examination.

    Raises:
        BadArgument: before Kafka Connect is asked, when a table does not exist or none is named.
        ServiceError: likewise, when the connector cannot stream: wrong password, slot in use, wal_level, binlog_format.
        ConnectorFailed: when a task FAILED, or when the wait ended.
    """
    database, client = open_database(settings, config.database), DebeziumClient(settings.connect_url)
    examined, known = presets.with_local_address(settings, config), client.connector_exists(config.name)
    for finding in preflight.check(examined, known=known, topics=kafka.topic_names(settings)):
        on_finding(finding)
    _refuse_missing_tables(database, config)
    config = tailoring.tailor(config, database.facts(config.tables), database.columns)
    database.prepare(config)
    if config.signal_table:
        signals.prepare(database, config.signal_table)
    topics.create(settings, config)
    added = _added_tables(settings, client, config)
    before = database.readers(config)
    changed = client.create_connector(config)
    client.wait_until_running(config.name, max(timeout, ATTACH_SECONDS))  # a busy worker starts tasks late

    def streams() -> bool:
        client.is_running(config.name)  # raises when a task failed meanwhile
        readers = database.readers(config) - (before if changed else frozenset())
        return bool(readers) and _has_snapshot(client, database, config)

    def count_records() -> int:
        count = _sent(settings, config)
        on_progress(f"{config.name}: {count:,} records of its snapshot so far")
        return count

    try:
        probe.until_it_stalls(streams, timeout, f"connector {config.name} attached to {config.database}", count_records)
    except NotReady as err:
        raise ConnectorFailed(f"{err}; look at: invoke logs connect") from err
    if added:
        on_finding(_ask_for_rows(database, config, added))
    return changed


def _added_tables(settings: Settings, client: DebeziumClient, config: DebeziumConnectorConfig) -> list[str]:
    """Return the tables that a connector, which there is, does not read yet: its snapshot was without them."""
    if not client.connector_exists(config.name):
        return []
    known = presets.rebuild(settings, client.get_connector(config.name)["config"])
    return [table for table in config.tables if table not in known.tables and table != config.signal_table]


def _ask_for_rows(database: Database, config: DebeziumConnectorConfig, tables: list[str]) -> Finding:
    """Ask for the rows that *tables* had before they were added, by a signal; return what a user must know of it."""
    names = ", ".join(tables)
    if config.signal_table:
        signals.snapshot(database, config, tables)
        return Finding(severity="note", text=f"the rows that {names} had before come by an incremental snapshot")
    again = f"invoke connectors.register --name {config.name} --source {config.database} --signal-table SCHEMA.TABLE …"
    return Finding(
        severity="warning",
        text=f"{names}: changes from now on are captured, the rows from before are not, for there is no signal table",
        help=f"{again}, then invoke connectors.snapshot {config.name} --tables {','.join(tables)}",
    )


def _has_snapshot(client: DebeziumClient, database: Database, config: DebeziumConnectorConfig) -> bool:
    """Return whether Kafka has all of the connector's snapshot: its stored offset, of the same transaction, says so."""
    offsets = [stored["offset"] or {} for stored in client.get_offsets(config.name)]
    if offsets:
        return all("snapshot" not in offset or offset.get("snapshot_completed") is True for offset in offsets)
    # Without heartbeats a connector that found no row stores no offset.
    return not config.heartbeat_interval_ms and not (
        config.snapshot_mode in WITH_ROWS and any(database.has_rows(table) for table in config.tables)
    )


def _sent(settings: Settings, config: DebeziumConnectorConfig) -> int:
    return sum(t.offsets for t in kafka.topic_sizes(settings) if t.name.startswith(f"{config.topic_prefix}."))


def remove(settings: Settings, config: DebeziumConnectorConfig) -> None:
    """Delete a connector with its offsets, slot, publication, topics and subjects, as far as they exist.

    Raises:
        ServiceError: when another program reads the replication slot; everything else is deleted by then.
    """
    client = DebeziumClient(settings.connect_url)
    others = _longer_prefixes(client, config)
    client.ensure_deleted(config.name)
    admin = AdminClient({"bootstrap.servers": settings.bootstrap_servers})
    known = admin.list_topics(timeout=10).topics
    own = [topic for topic in known if _is_own(topic, config) and not topic.startswith(others)]
    for future in (admin.delete_topics(own) if own else {}).values():
        with contextlib.suppress(KafkaException):  # gone already
            future.result()
    if config.format == "avro":
        _remove_subjects(Registry(registry_config(settings)), config, others)
    open_database(settings, config.database).detach(config)  # last: it raises when another program reads the slot


def _longer_prefixes(client: DebeziumClient, config: DebeziumConnectorConfig) -> tuple[str, ...]:
    """Return what the topics of other connectors begin with: the connector shop leaves those of shop.eu alone."""
    configs = [answer["info"]["config"] for answer in client.describe_connectors().values()]
    prefixes = {c.get("topic.prefix", "") for c in configs} - {config.topic_prefix}
    return tuple(f"{prefix}." for prefix in prefixes if prefix.startswith(f"{config.topic_prefix}."))


def _remove_subjects(registry: Registry, config: DebeziumConnectorConfig, others: tuple[str, ...]) -> None:
    for subject in registry.subjects():
        topic, _, part = subject.rpartition("-")
        if part in {"key", "value"} and _is_own(topic, config) and not topic.startswith(others):
            registry.remove(subject)


def _is_own(topic: str, config: DebeziumConnectorConfig) -> bool:
    # Not what only begins with the prefix: the connector demo must leave the topics of demo-mysql.
    own = {config.history_topic, f"__debezium-heartbeat.{config.topic_prefix}", config.topic_prefix}
    return topic in own or topic.startswith(f"{config.topic_prefix}.")


def _refuse_missing_tables(database: Database, config: DebeziumConnectorConfig) -> None:
    if not config.tables:
        raise BadArgument(f"connector {config.name} names no table: give --tables schema.table,…")
    known = {facts.name for facts in database.facts(config.tables)}
    missing = [t for t in config.tables if t not in known]
    if missing:
        tables = ", ".join(database.tables()) or "none"
        raise BadArgument(
            f"connector {config.name}: {config.database} has no table {', '.join(missing)} (there are: {tables}); "
            "it would be RUNNING and never send anything"
        )
