"""What a source table is, beside its columns: ordinary or not, its partitions, its generated columns and its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["table", "partitioned", "view", "materialized view", "foreign table", "other"]


@dataclass(frozen=True, kw_only=True)
class Index:
    """A unique index.

    Attributes:
        columns: their names, in order; "" for an expression.
        is_primary: whether it is the primary key's.
        is_identity: whether it is the table's replica identity (PostgreSQL).
        is_partial: whether it is of some rows only.
        is_nullable: whether a column of it may be null.
        is_deferrable: whether it may hold a value twice until a statement or a transaction ends.
    """

    name: str
    columns: Sequence[str]
    is_primary: bool = False
    is_identity: bool = False
    is_partial: bool = False
    is_nullable: bool = False
    is_deferrable: bool = False

    @property
    def identifies(self) -> bool:
        """Whether its columns tell each row from every other."""
        return not (self.is_partial or self.is_nullable or "" in self.columns)


@dataclass(frozen=True, kw_only=True)
class TableFacts:
    """What a table is.

    Attributes:
        name: schema.table.
        quoted: its name for SQL.
        is_logged: whether its changes are in the database's log; those of temporary and unlogged tables are not.
        root: the partitioned table whose partition it is, or "".
        children: tables that inherit from it, or its partitions.
        generated: names of columns whose values are computed and not in the log.
        indexes: the unique ones.
    """

    name: str
    quoted: str = ""
    kind: Kind = "table"
    is_logged: bool = True
    root: str = ""
    children: Sequence[str] = ()
    generated: Sequence[str] = ()
    indexes: Sequence[Index] = ()

    @property
    def primary(self) -> Index | None:
        """The primary key."""
        return next((index for index in self.indexes if index.is_primary), None)

    @property
    def key_index(self) -> Index | None:
        """The index whose columns are the key of change events, or None where a table has no mirror.

        The log holds no more of a deleted row than the replica identity, so that it goes first where it is an index of
        its own. After it comes the primary key, then the unique index without nulls that has the fewest columns.
        """
        fit = [index for index in self.indexes if index.identifies]
        return min(fit, key=lambda i: (not i.is_identity, not i.is_primary, len(i.columns), i.name), default=None)

    @property
    def key(self) -> list[str]:
        """The columns of `key_index`, in order."""
        return list(self.key_index.columns) if self.key_index else []
