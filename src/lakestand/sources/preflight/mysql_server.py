"""What MySQL and MariaDB themselves must have for a connector: a binary log that holds whole rows."""

from __future__ import annotations

from collections.abc import Iterator

from pymysql import OperationalError
from pymysql.cursors import Cursor

from lakestand.sources.findings import Finding

# By variable: the value that change capture needs. Variables that a server does not have are not asked for.
NEEDED = {"log_bin": "ON", "binlog_format": "ROW", "binlog_row_image": "FULL", "binlog_row_value_options": ""}
EXPIRES = ("binlog_expire_logs_seconds", "expire_logs_days")
SESSIONS = (
    "a session may set sql_log_bin = 0, binlog_format or binlog_row_image for itself: its changes are then missing "
    "or incomplete, and no other session can see that"
)


def examine(cursor: Cursor, where: str) -> Iterator[Finding]:
    """Yield what the server at *where* has set in a way that changes are lost or cannot be read."""
    variables = _variables(cursor)
    for name, needed in NEEDED.items():
        if (value := variables.get(name, needed)) != needed:
            text = f"{where} has {name} = {value}, change capture needs {needed or 'it empty'}: {_remedy(name, needed)}"
            yield Finding(severity="error", text=text)
    yield from _prepared(cursor, where)
    yield from _kept_log(variables)
    yield Finding(severity="note", text=SESSIONS, help="invoke reconcile shows what is missing")


def _variables(cursor: Cursor) -> dict[str, str]:
    names = ", ".join(f"'{name}'" for name in (*NEEDED, *EXPIRES))
    cursor.execute(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names})")
    return {str(name): str(value) for name, value in cursor.fetchall()}


def _remedy(name: str, needed: str) -> str:
    return "start it with --log-bin" if name == "log_bin" else f"SET GLOBAL {name} = '{needed}'"


def _prepared(cursor: Cursor, where: str) -> Iterator[Finding]:
    """An XA transaction's changes are logged when it is prepared, and arrive then, before it is committed."""
    try:
        cursor.execute("XA RECOVER")
    except OperationalError:
        text = "whether there are prepared XA transactions is not known: the user lacks XA_RECOVER_ADMIN"
        yield Finding(severity="note", text=text)
        return
    if count := len(cursor.fetchall()):
        text = f"{where} has {count} prepared XA transactions: their changes arrive before they are committed"
        yield Finding(severity="warning", text=text, help="XA COMMIT or XA ROLLBACK ends each; XA RECOVER lists them")


def _kept_log(variables: dict[str, str]) -> Iterator[Finding]:
    for name, unit in zip(EXPIRES, ("s", "days"), strict=True):
        if variables.get(name, "0") != "0":
            text = f"the binary log is kept for {variables[name]} {unit}"
            help_ = f"A connector that is stopped for longer cannot go on; SET GLOBAL {name} keeps it longer"
            yield Finding(severity="note", text=text, help=help_)
            return
