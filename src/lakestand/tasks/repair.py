"""What `reconcile --repair` does: drifted rows are deleted, or read again, and carried."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from lakestand import view
from lakestand.clients.kafka import topic_sizes
from lakestand.errors import ServiceError
from lakestand.lake.names import TableName
from lakestand.lake.sinks import SINKS
from lakestand.pipeline import jobs
from lakestand.reconcile.repair import Repair, delete_extra, plan
from lakestand.settings import Settings
from lakestand.sources import includes
from lakestand.sources.captured import SourceTable
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.databases import open_database
from lakestand.sources.reading import connector_of
from lakestand.sources.rereading import rereading


def repair_all(
    settings: Settings, tables: Sequence[SourceTable], sinks: Sequence[str], namespace: str, *, dry_run: bool
) -> list[dict[str, object]]:
    """Repair the mirrors of *tables*, or with *dry_run* only find out what that means; returns a dict a drifted table.

    Each connector is restarted twice, and a pipeline is run to the end of its topics.
    """
    connectors = [(connector_of(settings, table), table) for table in tables]
    done: list[dict[str, object]] = []
    for name, group in groupby(sorted(connectors, key=lambda pair: pair[0].name), key=lambda pair: pair[0].name):
        pairs = list(group)
        repairs = [_plan(settings, config, table, sinks, namespace) for config, table in pairs]
        drifted = [(repair, space) for repair, space in repairs if repair.drifted]
        done += [repair.as_dict() | {"connector": name} for repair, _ in drifted]
        if drifted and not dry_run:
            _carry_out(settings, pairs[0][0], drifted, sinks)
    return done


def show(repairs: Sequence[dict[str, object]], *, dry_run: bool) -> None:
    """Print what was repaired, or would be."""
    cells = [(r["table"], r["read_again"], *_deletions(r["delete"])) for r in repairs]
    view.show("would be repaired" if dry_run else "repaired", ("table", "rows read again", *map(_column, SINKS)), cells)


def _column(kind: str) -> str:
    return f"deleted in {kind}"


def _deletions(deleted: object) -> list[int]:
    return [deleted.get(kind, 0) for kind in SINKS] if isinstance(deleted, dict) else []


def _plan(
    settings: Settings, config: DebeziumConnectorConfig, table: SourceTable, sinks: Sequence[str], namespace: str
) -> tuple[Repair, str]:
    space = namespace or TableName.parse(table.table).schema
    opened = [SINKS[kind](settings, space) for kind in sinks]
    topic = includes.topic(config.topic_prefix, table.table)
    return plan(open_database(settings, table.database), table.table, topic, opened), namespace


def _refuse_partitions(settings: Settings, topics: Sequence[str]) -> None:
    """Raise ServiceError for a topic of several partitions: a mirror has one position a partition, not one moment."""
    for size in topic_sizes(settings):
        if size.name in topics and size.partitions > 1:
            raise ServiceError(f"topic {size.name} has {size.partitions} partitions: only rows of one can be repaired")


def _carry_out(
    settings: Settings, config: DebeziumConnectorConfig, repairs: Sequence[tuple[Repair, str]], sinks: Sequence[str]
) -> None:
    _refuse_partitions(settings, [repair.topic for repair, _ in repairs])
    for repair, _ in repairs:
        delete_extra(repair)
    to_read = [repair for repair, _ in repairs if repair.to_read]
    if not to_read:
        return
    with rereading(settings, to_read[0].database, config) as rereader:
        for repair in to_read:
            rereader.request(repair.table, repair.key, repair.to_read)
        rereader.wait()
    namespace = repairs[0][1]
    job = jobs.Job(topics=[repair.topic for repair in to_read], sinks=sinks, namespace=namespace, once=True)
    jobs.run(settings, job, view.note)
