"""The task `reconcile`: source tables against their mirrors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from invoke import Context, Exit

from lakestand import view
from lakestand.errors import BadArgument
from lakestand.settings import Settings
from lakestand.tasks.guard import JSON, task
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
        "repair": "make drifted rows right again while everything runs, then compare once more",
        "dry-run": "with --repair: only show what it would do",
        "json": JSON,
    },
)
def reconcile(  # noqa: PLR0917  Invoke passes options by name
    _c: Context,
    table: list[str],
    source: str = "",
    sink: str = "",
    namespace: str = "",
    repair: bool = False,
    dry_run: bool = False,
    json: bool = False,
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
    keyless = [t.table for t in tables if not open_database(settings, t.database).key(t.table)]
    keyed = [t for t in tables if t.table not in keyless]
    repairs = _repair(settings, keyed, sinks, namespace, dry_run=dry_run, quiet=json) if repair else []
    comparisons = list(_compare(settings, keyed, sinks, namespace, quiet=json))
    equal = all(comparison.equal for _, comparison in comparisons)
    if json:
        rows = [{"database": database} | comparison.as_dict() for database, comparison in comparisons]
        answer = {"equal": equal, "tables": rows, "without_key": keyless}
        view.print_json(answer | {"repairs": repairs} if repair else answer)
    else:
        _show(comparisons, keyless)
    if not equal:
        raise Exit("error: source and mirror differ", code=1)


def _check(what: str, name: str, known: Sequence[str]) -> None:
    if name and name not in known:
        raise BadArgument(f"no {what} {name}; there are: {', '.join(known)}")


def _compare(
    settings: Settings, tables: list[SourceTable], sinks: list[str], namespace: str, *, quiet: bool
) -> Iterator[tuple[str, Comparison]]:
    from lakestand.lake.names import TableName
    from lakestand.lake.sinks import SINKS
    from lakestand.reconcile.comparison import compare
    from lakestand.sources.databases import open_database

    for source in tables:
        schema = TableName.parse(source.table).schema
        for kind in sinks:
            database = open_database(settings, source.database)
            sink = SINKS[kind](settings, namespace or schema)
            with Bar(f"{source.table} → {kind}", quiet=quiet) as bar:
                comparison = compare(database, source.table, sink, on_total=bar.total, on_rows=bar.advance)
            yield source.database, comparison


def _repair(
    settings: Settings, tables: list[SourceTable], sinks: list[str], namespace: str, *, dry_run: bool, quiet: bool
) -> list[dict[str, object]]:
    from lakestand.tasks import repair

    repairs = repair.repair_all(settings, tables, sinks, namespace, dry_run=dry_run)
    if not quiet:
        repair.show(repairs, dry_run=dry_run)
    return repairs


def _show(comparisons: list[tuple[str, Comparison]], keyless: list[str]) -> None:
    if comparisons:
        view.show("source tables and their mirrors", COLUMNS, [_row(comparison) for _, comparison in comparisons])
    for database, comparison in comparisons:
        road = f"{comparison.table}, {database} → {comparison.sink}"
        view.console.print(f"{road}: {comparison.source_at} against {comparison.mirror_at}", style="dim")
        for line in _details(comparison):
            view.console.print(f"  {line}", style="red")
    for name in keyless:
        view.console.print(f"{name} has no primary key: it has a changelog and no mirror to compare")


def _row(comparison: Comparison) -> list[object]:
    difference = comparison.difference
    rows = (difference.source_rows, difference.mirror_rows)
    counts = (difference.missing_rows, difference.extra_rows, difference.repeated_rows, difference.changed_rows)
    return [comparison.table, comparison.sink, *rows, *counts, comparison.equal]


def _details(comparison: Comparison) -> Iterator[str]:
    difference = comparison.difference
    if comparison.unmirrored:
        yield f"columns that the mirror lacks: {', '.join(comparison.unmirrored)}"
    for kind, rows, keys in (
        ("missing", difference.missing_rows, difference.missing),
        ("extra", difference.extra_rows, difference.extra),
        ("repeated", difference.repeated_rows, difference.repeated),
    ):
        if rows:
            yield f"{kind}: {', '.join(map(_text, keys))}{', …' if rows > len(keys) else ''}"
    if difference.changed:
        yield f"changed: {', '.join(f'{name} in {rows:,}' for name, rows in difference.changed.items())}"
    for key, columns in difference.changed_first:
        yield f"changed: {_text(key)} in {', '.join(columns)}"


def _text(key: Key) -> str:
    return "(" + ", ".join(map(str, key)) + ")"
