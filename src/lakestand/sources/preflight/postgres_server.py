"""What PostgreSQL itself must have for a connector: logical decoding, and room for its replication slot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg

from lakestand.sources.findings import Finding

# A slot keeps the log that nothing has read yet: without a limit until the disk is full, with one until it is lost.
NO_LIMIT = "-1"


def examine(connection: psycopg.Connection, where: str, slot: str, *, known: bool) -> Iterator[Finding]:
    """Yield what the server at *where* lacks for the replication slot *slot*; *known*: the connector exists."""
    yield from _log(connection, where)
    yield from _slots(connection, where, slot, known=known)
    yield _kept_log(_show(connection, "max_slot_wal_keep_size"), slot)


def _log(connection: psycopg.Connection, where: str) -> Iterator[Finding]:
    if (level := _show(connection, "wal_level")) != "logical":
        yield Finding(
            severity="error",
            text=f"{where} has wal_level = {level}, change capture needs logical: ALTER SYSTEM SET wal_level = "
            "'logical', then restart the server (of this stand: invoke down --only postgres, invoke up)",
        )


def _slots(connection: psycopg.Connection, where: str, slot: str, *, known: bool) -> Iterator[Finding]:
    query = "SELECT slot_name, active_pid FROM pg_replication_slots"
    readers: dict[str, int | None] = dict(connection.execute(query).fetchall())
    if readers.get(slot) and not known:
        yield Finding(
            severity="error",
            text=f"{where}: replication slot {slot} is in use by process {readers[slot]}, so another connector or "
            "program reads it",
            help="Give this one another slot_name, or remove the other: invoke connectors.list",
        )
    most = int(_show(connection, "max_replication_slots"))
    if slot not in readers and len(readers) >= most:
        yield Finding(
            severity="error",
            text=f"{where}: all {most} replication slots are taken ({_first(sorted(readers))}); remove connectors "
            "that are not needed: invoke connectors.delete NAME",
        )


def _kept_log(limit: str, slot: str) -> Finding:
    if limit == NO_LIMIT:
        text = f"max_slot_wal_keep_size = -1: while nothing reads slot {slot}, it keeps the log without a limit"
        return Finding(severity="note", text=text, help="Delete connectors that are not needed: their slots go too")
    text = f"max_slot_wal_keep_size = {limit}: a connector that is stopped for longer loses its slot and its changes"
    return Finding(severity="note", text=text, help="Raise it, or watch: invoke connectors.lag")


def _show(connection: psycopg.Connection, name: str) -> str:
    (value,) = connection.execute(f"SHOW {name}".encode()).fetchone() or ("",)
    return str(value)


def _first(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")
