"""Tables that a connector cannot read, or reads in another way than their names promise; of every database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from lakestand.sources.facts import TableFacts
from lakestand.sources.findings import Finding

# What Debezium's list of a key's columns cannot have in a name.
SEPARATORS = " \t\n:,;"


def examine(tables: Sequence[TableFacts]) -> Iterator[Finding]:
    """Yield what *tables*, those of one connector, are that their changes do not show."""
    names = {facts.name for facts in tables}
    for facts in tables:
        yield from _kind(facts, names)
        yield from _rows(facts)
        yield from _key(facts)


def _kind(facts: TableFacts, names: Collection[str]) -> Iterator[Finding]:
    if facts.kind not in {"table", "partitioned"}:
        text = f"it is a {facts.kind}: the database has no changes of it in its log"
        help_ = "Leave it out, and name the tables that it reads" if "view" in facts.kind else "Leave it out"
        yield Finding(severity="error", table=facts.name, text=text, help=help_)
    elif not facts.is_logged:
        text = "it is unlogged or temporary: the database does not log its changes"
        yield Finding(severity="error", table=facts.name, text=text, help=f"ALTER TABLE {facts.quoted} SET LOGGED")
    elif facts.root in names:
        text = f"it is a partition of {facts.root}, which the connector reads too: its changes are those of that table"
        yield Finding(severity="error", table=facts.name, text=text, help="Leave it out")


def _rows(facts: TableFacts) -> Iterator[Finding]:
    if facts.kind == "partitioned":
        text = "the rows that ATTACH, DETACH, DROP or TRUNCATE of a partition brings or takes away are not in the log"
        help_ = f"After one of these: invoke reconcile --table {facts.name} --repair"
        yield Finding(severity="warning", table=facts.name, text=text, help=help_)
    elif facts.children:
        text = f"rows of {', '.join(facts.children)}, which inherit from it, are not in its mirror but in their own"
        yield Finding(severity="warning", table=facts.name, text=text, help="Name these tables too")
    for column in facts.generated:
        text = "a generated column: its values are not in the log, so that it is left out of changelog and mirror"
        yield Finding(severity="warning", table=facts.name, column=column, text=text)


def _key(facts: TableFacts) -> Iterator[Finding]:
    index = facts.key_index
    if index and index.is_deferrable:
        text = f"its key {index.name} is deferrable: where keys change places within a transaction, rows get lost"
        help_ = f"After such changes: invoke reconcile --table {facts.name} --repair"
        yield Finding(severity="warning", table=facts.name, text=text, help=help_)
    if index is None:
        yield from _keyless(facts)
    elif not index.is_primary:
        text = f"the key of its mirror is the unique index {index.name} ({', '.join(index.columns)})"
        if any(mark in column for column in index.columns for mark in SEPARATORS):
            help_ = "Give it a primary key, or rename the column: Debezium cannot be told of such a name in a key"
            yield Finding(severity="error", table=facts.name, text=text, help=help_)
        else:
            yield Finding(severity="note", table=facts.name, text=text)


def _keyless(facts: TableFacts) -> Iterator[Finding]:
    taken = [index for index in facts.indexes if "" not in index.columns]
    help_ = f"ALTER TABLE {facts.quoted} ADD PRIMARY KEY (…)"
    if taken:
        what = "has nulls" if taken[0].is_nullable else "is of some rows only"
        text = f"it has no primary key, and Debezium takes index {taken[0].name} for it, which {what}: rows get lost"
        yield Finding(severity="error", table=facts.name, text=text, help=help_)
    elif facts.kind in {"table", "partitioned"}:
        text = "it has no primary key and no unique index: it gets a changelog and no mirror"
        yield Finding(severity="warning", table=facts.name, text=text, help=help_)
