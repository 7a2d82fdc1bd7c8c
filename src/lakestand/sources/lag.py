"""How far a connector is behind its database: bytes of log that it has not confirmed, and seconds."""

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
    """The lag of one connector. A value is None while there is no slot or offset, or nothing was measured yet.

    Attributes:
        connector: its name.
        position: the slot, or the file and offset in the binary log, that it has confirmed.
        behind_bytes: log that the database wrote after the connector's last confirmed position.
        behind_s: for a PostgreSQL slot that is read, pg_stat_replication.flush_lag. For MySQL, and a slot that nobody
            reads, the age of the last event whose offset is stored, or 0 when there is no log after it.
    """

    connector: str
    position: str
    behind_bytes: int | None
    behind_s: float | None


def read_lag(settings: Settings, name: str) -> Lag:
    """Return the lag of the connector *name*; ServiceError when there is none."""
    client = DebeziumClient(settings.connect_url)
    config = client.get_connector(name)["config"]
    offset = latest_offset(client.get_offsets(name))
    if (database := database_of(config)) == "postgres":
        return _slot(settings, name, config["slot.name"], offset)
    return _binlog(settings, database, name, offset)


def latest_offset(offsets: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the offset of a connector's only source partition; empty before offsets were first committed."""
    return next((o["offset"] for o in offsets if o.get("offset")), {})


def _slot(settings: Settings, name: str, slot: str, offset: Mapping[str, Any]) -> Lag:
    with postgres.open_connection(settings) as connection:
        row = connection.execute(SLOT, [slot]).fetchone()
    behind, active, seconds = row or (None, False, None)
    if active:
        seconds = seconds or 0.0  # PostgreSQL clears flush_lag a moment after all is confirmed
    elif row:
        seconds = _age(behind, offset.get("ts_usec"), 1_000_000)
    return Lag(connector=name, position=f"slot {slot}", behind_bytes=behind, behind_s=seconds)


def _binlog(settings: Settings, server: Server, name: str, offset: Mapping[str, Any]) -> Lag:
    file = str(offset.get("file", ""))
    position = int(offset.get("pos", 0))
    if not file:
        return Lag(connector=name, position="", behind_bytes=None, behind_s=None)
    with mysql.connect(settings, server) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW BINARY LOGS")
        sizes = {str(row[0]): int(row[1]) for row in cursor.fetchall()}
    behind = sum(size for log, size in sizes.items() if log >= file) - position
    age = _age(behind, offset.get("ts_sec"), 1)
    return Lag(connector=name, position=f"{file}:{position}", behind_bytes=behind, behind_s=age)


def _age(behind: int, stored: float | None, unit: int) -> float | None:
    """Return the seconds since *stored*, a time since the epoch in units of 1/*unit* s; 0 when nothing is *behind*."""
    if not behind:
        return 0.0
    return None if stored is None else round(time.time() - stored / unit, 3)
