"""How far connectors are behind their databases: bytes of log not yet confirmed, and seconds."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lakestand.settings import Settings
from lakestand.sources import mysql
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.presets import database_of
from lakestand.stand.services import postgres
from lakestand.stand.services.mysql import Server

SLOT = """
SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn)::bigint, s.active,
       extract(epoch FROM r.flush_lag)::float8
FROM pg_replication_slots s LEFT JOIN pg_stat_replication r ON r.pid = s.active_pid
WHERE s.slot_name = %s
"""


@dataclass(frozen=True, kw_only=True)
class Lag:
    """Of one connector; None: not to be had (no slot or offset yet, or nothing measured).

    Attributes:
        behind_bytes: log that the database wrote after the connector's last confirmed position.
        behind_s: PostgreSQL: pg_stat_replication.flush_lag while the slot is read; MySQL, and a slot that nobody
            reads: the age of the last event that was stored while there is log after it, else 0.
    """

    connector: str
    position: str
    behind_bytes: int | None
    behind_s: float | None


def read_lag(settings: Settings, name: str) -> Lag:
    """Of the connector *name*; ServiceError when there is none."""
    client = DebeziumClient(settings.connect_url)
    config = client.get_connector(name)["config"]
    offset = latest_offset(client.get_offsets(name))
    if (database := database_of(config)) == "postgres":
        return _slot(settings, name, config["slot.name"], offset)
    return _binlog(settings, database, name, offset)


def latest_offset(offsets: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The offset of a connector's only partition; empty before the first commit of offsets."""
    return next((o["offset"] for o in offsets if o.get("offset")), {})


def _slot(settings: Settings, name: str, slot: str, offset: Mapping[str, Any]) -> Lag:
    with postgres.reached(settings) as connection:
        found = connection.execute(SLOT, [slot]).fetchone()
    behind, active, seconds = found or (None, False, None)
    if active:
        seconds = seconds or 0.0  # PostgreSQL forgets it a moment after all is confirmed
    elif found:
        seconds = _age(behind, offset.get("ts_usec"), 1_000_000)
    return Lag(connector=name, position=f"slot {slot}", behind_bytes=behind, behind_s=seconds)


def _binlog(settings: Settings, server: Server, name: str, offset: Mapping[str, Any]) -> Lag:
    file, at = str(offset.get("file", "")), int(offset.get("pos", 0))
    if not file:
        return Lag(connector=name, position="", behind_bytes=None, behind_s=None)
    with mysql.connect(settings, server) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW BINARY LOGS")
        sizes = {str(row[0]): int(row[1]) for row in cursor.fetchall()}
    behind = sum(size for log, size in sizes.items() if log >= file) - at
    age = _age(behind, offset.get("ts_sec"), 1)
    return Lag(connector=name, position=f"{file}:{at}", behind_bytes=behind, behind_s=age)


def _age(behind: int, stored: float | None, unit: int) -> float | None:
    """Of the last event that was stored, at *stored* parts of a second since the epoch."""
    if not behind:
        return 0.0
    return None if stored is None else round(time.time() - stored / unit, 3)
