"""Hidden partitioning, spelled as in Spark's DDL: `days(ts)`, `bucket(16, id)`, `truncate(4, name)`, `region`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    HourTransform,
    IdentityTransform,
    MonthTransform,
    Transform,
    TruncateTransform,
    YearTransform,
)

from lakestand.errors import BadArgument, TableError
from lakestand.lake.iceberg.committing import commit_with_retry

FIRST_FIELD_ID = 1000  # Iceberg's specification, "Partition Evolution"
TIMES: dict[str, Callable[[], Transform]] = {  # type: ignore[type-arg]
    "years": YearTransform,
    "months": MonthTransform,
    "days": DayTransform,
    "hours": HourTransform,
}
SIZED: dict[str, Callable[[int], Transform]] = {  # type: ignore[type-arg]
    "bucket": BucketTransform,
    "truncate": TruncateTransform,
}
SPELLING = re.compile(
    r"(?:(?P<time>years|months|days|hours)\((?P<of>[^,()]+)\)|"
    r"(?P<sized>bucket|truncate)\((?P<size>\d+), ?(?P<by>[^,()]+)\)|(?P<plain>[^,()]+))"
)


@dataclass(frozen=True)
class Part:
    """One field of a partition spec: a column and the transform whose result partitions the rows.

    Readers filter by the column and never name the transform; so the partitioning is hidden.
    """

    column: str
    transform: Transform  # type: ignore[type-arg]

    @property
    def name(self) -> str:
        """Return the field's name as Spark makes it: ts_day, id_bucket, region."""
        kind = type(self.transform).__name__.removesuffix("Transform").lower()
        return self.column if kind == "identity" else f"{self.column}_{kind}"


def parse(spelling: str) -> Part:
    """Return the field that a text like `days(ts)` describes.

    >>> parse("bucket(16, id)").name
    'id_bucket'

    Raises:
        BadArgument: when the text is none of the spellings.
    """
    match = SPELLING.fullmatch(spelling.strip())
    if not match:
        raise BadArgument(f"{spelling!r} is no partition: write column, days(column), bucket(16, column) or the like")
    if match["time"]:
        return Part(match["of"].strip(), TIMES[match["time"]]())
    if match["sized"]:
        return Part(match["by"].strip(), SIZED[match["sized"]](int(match["size"])))
    return Part(match["plain"], IdentityTransform())


def build_spec(schema: Schema, spellings: Sequence[str]) -> PartitionSpec:
    """Return the partition spec of a new table with the columns *schema*.

    Raises:
        BadArgument: when a text is none of the spellings.
        TableError: when a column does not exist, or its type does not take the transform.
    """
    parts = [parse(text) for text in spellings]
    for part in parts:
        _check(schema, part)
    return PartitionSpec(
        *(
            PartitionField(schema.find_field(part.column).field_id, FIRST_FIELD_ID + number, part.transform, part.name)
            for number, part in enumerate(parts)
        )
    )


def repartition(table: Table, spellings: Sequence[str]) -> None:
    """Change the partition spec for rows to come; data files that exist stay as they are (partition evolution).

    Raises:
        TableError: as `build_spec`; or when no commit was confirmed within a minute.
    """
    wanted = [parse(text) for text in spellings]
    commit_with_retry(lambda: _attempt(table, wanted), ".".join(table.name()))


def _attempt(table: Table, wanted: Sequence[Part]) -> None:
    schema = table.refresh().schema()
    for part in wanted:
        _check(schema, part)
    present = {Part(schema.find_column_name(f.source_id) or "", f.transform): f.name for f in table.spec().fields}
    with table.update_spec() as update:
        for part, name in present.items():
            if part not in wanted:
                update.remove_field(name)
        for part in wanted:
            if part not in present:
                update.add_field(part.column, part.transform, part.name)


def _check(schema: Schema, part: Part) -> None:
    try:
        kind = schema.find_field(part.column).field_type
    except ValueError:
        raise TableError(f"no column {part.column}; there are {', '.join(schema.column_names)}") from None
    if not part.transform.can_transform(kind):
        raise TableError(f"column {part.column} is {kind}: {part.transform} cannot partition it")
