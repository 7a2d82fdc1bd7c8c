"""A table that somebody has, how it changes, and what its mirror must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case of the story `field`; it stands for all tables of its kind.

    In statements `{s}` stands before a table's name and becomes the case's own schema (PostgreSQL) or database (MySQL):
    `CREATE TABLE {s}t (id int primary key)`. Braces of the statement itself are written twice.

    Attributes:
        name: of the case, in lower case with hyphens.
        reason: the kind that it stands for, as a sentence.
        database: postgres, mysql or mariadb.
        ddl: statements that make the tables.
        before: changes that the connector's snapshot finds.
        after: changes that it streams.
        tables: the tables' names in the source, without the schema.
        expected: all rows of the first table's mirror, in order of their texts; None where only the comparison with the
            source counts.
        named: parts of texts that the registration or the runs must print.
        refused: a part of the message with which the registration or the first run must end. Nothing else is looked at.
        repaired: a part of the message with which the run after *after* must fail; `reconcile --repair` then must bring
            everything right.
        replace: the columns that pipeline.run must replace before that, as t.column.
        register: further options of connectors.register.
        alone: whether it must be kept from other cases; it is refused then.
    """

    name: str
    reason: str
    database: str = "postgres"
    ddl: Sequence[str]
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    tables: Sequence[str] = ("t",)
    expected: Sequence[Row] | None = None
    named: Sequence[str] = ()
    refused: str = ""
    repaired: str = ""
    replace: Sequence[str] = ()
    register: Sequence[str] = ()
    alone: bool = False

    def schema(self, mark: str) -> str:
        """Return the name of the case's schema or database in the group *mark*: "f_ab12_pg_infinity"."""
        return f"f_{mark}_{self.name.replace('-', '_')}"

    def statement(self, text: str, mark: str) -> str:
        """Return a statement of the case as the database gets it."""
        return text.replace("{{", "\0").replace("}}", "\1").replace("{s}", f"{self.schema(mark)}.").translate(BRACES)


BRACES = {0: "{", 1: "}"}
