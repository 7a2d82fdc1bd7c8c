"""The task `reconcile`: source tables against their mirrors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from invoke import Context, Exit, task

from lakestand import view
from lakestand.errors import BadArgument
from lakestand.settings import Settings
from lakestand.tasks.guard import JSON, guarded
from lakestand.view import Bar

if TYPE_CHECKING:
    from lakestand.reconcile.comparison import Comparison
    from lakestand.reconcile.join import Key
    from lakestand.sources.captured import SourceTable

COLUMNS = ("table", "sink", "source", "mirror", "missing", "extra", "repeated", "changed", "equal")


@task(
    name="reconcile",
    iterable=["table"],
    help={
        "table": "schema.table (MySQL: database.table); may be repeated; default: all that connectors read",
        "source": "postgres, mysql or mariadb; default: all that connectors read",
        "sink": "iceberg or delta; default: both",
        "namespace": "namespace of the mirrors; default: each table's schema or database",
        "json": JSON,
    },
)
@guarded
def reconcile(
    _c: Context, table: list[str], source: str = "", sink: str = "", namespace: str = "", json: bool = False
) -> None:
    """Compare source tables with their mirrors, row by row; exit code 1 if any differs."""
    from lakestand.lake.sinks import SINKS
    from lakestand.sources.captured import select_tables
    from lakestand.sources.databases import DATABASES, open_database

    settings = Settings.load()
    _check("source", source, tuple(DATABASES))
    _check("sink", sink, tuple(SINKS))
    sinks = [sink] if sink else list(SINKS)
    tables = select_tables(settings, table, source)
    keyless = [each.table for each in tables if not open_database(settings, each.database).key(each.table)]
    keyed = [each for each in tables if each.table not in keyless]
    found = list(_compared(settings, keyed, sinks, namespace, quiet=json))
    if json:
        rows = [{"database": database} | each.as_dict() for database, each in found]
        view.as_json({"equal": all(e.equal for _, e in found), "tables": rows, "without_key": keyless})
    else:
        _show(found, keyless)
    if any(not each.equal for _, each in found):
        raise Exit("error: source and mirror differ", code=1)


def _check(what: str, given: str, known: Sequence[str]) -> None:
    if given and given not in known:
        raise BadArgument(f"no {what} {given}; there are: {', '.join(known)}")


def _compared(
    settings: Settings, tables: list[SourceTable], sinks: list[str], namespace: str, *, quiet: bool
) -> Iterator[tuple[str, Comparison]]:
    from lakestand.lake.sinks import SINKS
    from lakestand.reconcile.comparison import compare
    from lakestand.sources.databases import open_database

    for each in tables:
        schema, _, _ = each.table.partition(".")
        for kind in sinks:
            database, where = open_database(settings, each.database), SINKS[kind](settings, namespace or schema)
            with Bar(f"{each.table} → {kind}", quiet=quiet) as bar:
                found = compare(database, each.table, where, on_total=bar.total, on_rows=bar.advance)
            yield each.database, found


def _show(found: list[tuple[str, Comparison]], keyless: list[str]) -> None:
    if found:
        view.show("source tables and their mirrors", COLUMNS, [_row(each) for _, each in found])
    for database, each in found:
        view.console.print(f"{_road(database, each)}: {each.source_at} against {each.mirror_at}", style="dim")
        for line in _details(each):
            view.console.print(f"  {line}", style="red")
    for name in keyless:
        view.console.print(f"{name} has no primary key: it has a changelog and no mirror to compare")


def _row(each: Comparison) -> list[object]:
    found = each.difference
    counts = (found.missing_rows, found.extra_rows, found.repeated_rows, found.changed_rows)
    return [each.table, each.sink, found.source_rows, found.mirror_rows, *counts, each.equal]


def _road(database: str, each: Comparison) -> str:
    return f"{each.table}, {database} → {each.sink}"


def _details(each: Comparison) -> Iterator[str]:
    found = each.difference
    if each.unmirrored:
        yield f"columns that the mirror lacks: {', '.join(each.unmirrored)}"
    kinds = (("missing", found.missing_rows, found.missing), ("extra", found.extra_rows, found.extra))
    for kind, rows, keys in (*kinds, ("repeated", found.repeated_rows, found.repeated)):
        if rows:
            yield f"{kind}: {', '.join(map(_text, keys))}{', …' if rows > len(keys) else ''}"
    if found.changed:
        yield f"changed: {', '.join(f'{name} in {rows:,}' for name, rows in found.changed.items())}"
    for key, columns in found.changed_first:
        yield f"changed: {_text(key)} in {', '.join(columns)}"


def _text(key: Key) -> str:
    return "(" + ", ".join(map(str, key)) + ")"
