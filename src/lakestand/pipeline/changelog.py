"""The changelog of a table: every change as a row that is appended, with the row before and after it."""

from __future__ import annotations

import pyarrow as pa

from lakestand.lake.arrow import single_array
from lakestand.pipeline.decoding.decoder import Events


def changelog_schema(row: pa.StructType) -> pa.Schema:
    """The columns of a changelog: operation, place in Kafka, time in the source, and the row before and after."""
    return pa.schema(
        [
            ("_op", pa.string()),
            ("_topic", pa.string()),
            ("_partition", pa.int32()),
            ("_offset", pa.int64()),
            ("_commit_time", pa.timestamp("us", "UTC")),
            ("before", row),
            ("after", row),
        ]
    )


def changelog_rows(events: Events, rows: pa.Table) -> pa.Table:
    """The rows that a changelog gets for *rows*, which are some of *events*, with the columns of `changelog_schema`."""
    count = rows.num_rows
    commit_time = single_array(rows["commit_ms"]).cast(pa.timestamp("ms", "UTC")).cast(pa.timestamp("us", "UTC"))
    columns = [
        rows["op"],
        pa.repeat(pa.scalar(events.partition.topic), count),
        pa.repeat(pa.scalar(events.partition.number, pa.int32()), count),
        rows["offset"],
        commit_time,
        rows["before"],
        rows["after"],
    ]
    return pa.table(columns, schema=changelog_schema(events.row))
