"""A changelog's columns and rows."""

from __future__ import annotations

import pyarrow as pa

from lakestand.lake.arrow import single_array
from lakestand.pipeline.decoding.decoder import Events


def changelog_schema(row: pa.StructType) -> pa.Schema:
    """The columns of a changelog: what happened, where it stands in Kafka, when, and the row before and after."""
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


def changes(events: Events, rows: pa.Table) -> pa.Table:
    """The changelog's rows of *rows*, some of *events*."""
    count = rows.num_rows
    commit = single_array(rows["commit_ms"]).cast(pa.timestamp("ms", "UTC")).cast(pa.timestamp("us", "UTC"))
    columns = [
        rows["op"],
        pa.repeat(pa.scalar(events.partition.topic), count),
        pa.repeat(pa.scalar(events.partition.number, pa.int32()), count),
        rows["offset"],
        commit,
        rows["before"],
        rows["after"],
    ]
    return pa.table(columns, schema=changelog_schema(events.row))
