"""What the tables of a lake are called: each by its source's schema and name, and no two source tables alike."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from lakestand.errors import NameCollision
from lakestand.lake.names import TableName
from lakestand.lake.table import Sink
from lakestand.pipeline.reports import Kind

SUFFIX: dict[Kind, str] = {"changelog": "_changelog", "mirror": ""}


@dataclass(frozen=True)
class Claim:
    """One target table of a source table.

    Attributes:
        topic: that the source's changes are in.
    """

    source: TableName
    topic: str
    kind: Kind

    def described(self, other: Claim) -> str:
        """Return how a message names it beside *other*, another source table's."""
        changelog = "the changelog of " if self.kind == "changelog" != other.kind else ""
        return f"{changelog}{self.source} (topic {self.topic})"


@dataclass
class Naming:
    """Names the target tables of one run, and keeps who has which.

    Attributes:
        by_schema: whether a table goes to the namespace of its source's schema, whatever the sinks' own is.
    """

    by_schema: bool = False
    _claims: dict[tuple[int, TableName], Claim] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def place(self, sink: Sink, source: TableName, kind: Kind) -> tuple[Sink, str]:
        """Return the sink, in the right namespace, and the name that a target table of *source* has in it."""
        return (sink.within(source.schema) if self.by_schema else sink), source.table + SUFFIX[kind]

    def label(self, source: TableName, kind: Kind) -> str:
        """Return what reports call the table: its name, after its namespace where that is not everybody's."""
        name = source.table + SUFFIX[kind]
        return f"{source.schema}.{name}" if self.by_schema else name

    def claim(self, sink: Sink, claim: Claim) -> None:
        """Keep that a target table in *sink*, a sink of the run, is this one's; NameCollision when it is another's."""
        schema = claim.source.schema if self.by_schema else ""
        name = TableName(schema, claim.source.table + SUFFIX[claim.kind])
        with self._lock:
            holder = self._claims.setdefault((id(sink), name), claim)
        if holder != claim:
            one = claim.source.table + (SUFFIX[claim.kind] if claim.kind != holder.kind else "")
            raise NameCollision(
                f"{holder.described(claim)} and {claim.described(holder)} would be the same {sink.name} table, "
                f"{f'{schema}.' if schema else ''}{one}; nothing of it was written. {self._help(holder, claim)}"
            )

    def _help(self, one: Claim, other: Claim) -> str:
        if one.source.schema != other.source.schema and not self.by_schema:
            return "Leave out --namespace, so that each goes to the namespace of its schema, or run one with another"
        return "Run one of them by itself, with --namespace NAME"
