"""One change of one row, for whoever looks at single events; the pipeline itself holds events as Arrow columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class Op(StrEnum):
    """Debezium's operations, as the field `op` of an event spells them."""

    CREATE = "c"
    READ = "r"  # by a snapshot
    UPDATE = "u"
    DELETE = "d"
    TRUNCATE = "t"


class Position(NamedTuple):
    """Where a record lies in Kafka; as text `topic[partition]@offset`."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"


@dataclass(frozen=True, kw_only=True)
class ChangeEvent:
    """A change of a row; ValueError for one that cannot happen, such as an update without the row after it.

    Attributes:
        key: the values of the primary key; None for a table without one.
        before: the row before the change, as far as the source logs it.
        after: the row after the change; None for deletes and truncates.
    """

    op: Op
    position: Position
    key: tuple[Any, ...] | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        writes = self.op in {Op.CREATE, Op.READ, Op.UPDATE}
        if writes != (self.after is not None):
            raise ValueError(f"{self.position}: op {self.op} {'needs' if writes else 'has no'} row after it")
        if self.op is Op.DELETE and self.key is None and self.before is None:
            raise ValueError(f"{self.position}: a delete has neither key nor row")
