"""One target table of one topic, written by Spark: which of a micro-batch's runs it still needs, and how."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from lakestand.lake.table import Mark, Table
from lakestand.pipeline.incidents import Incidents
from lakestand.pipeline.reports import Commit
from lakestand.pipeline.spark import executor
from lakestand.pipeline.spark.blobs import EventRange
from lakestand.pipeline.spark.frames import spark_schema
from lakestand.pipeline.spark.tables import TableWriter
from lakestand.pipeline.target import Target

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass
class SparkLane:
    """*target* says which table and position; *writer* writes it."""

    target: Target
    writer: TableWriter
    incidents: Incidents

    def apply(self, decoded: DataFrame, run: EventRange) -> Commit | None:
        """Write what is new of *run* in one commit; None when nothing is."""
        if self._keyless(run):
            return None
        began = time.monotonic()
        schema = self.target.open(run.row).schema()
        since = self._since(run)
        if since >= run.next_offset:
            return None
        mark = Mark(run.partition, since, run.next_offset, self.target.topic_id)
        place = f"topic = '{run.partition.topic}' AND partition = {run.partition.number} AND run = {run.number}"
        self._write(decoded.where(f"{place} AND next > {since}"), run, mark, schema)
        return Commit(
            table=self.target.name,
            sink=self.writer.sink.name,
            kind=self.target.kind,
            events=run.events,
            seconds=time.monotonic() - began,
            visible_ms=time.time() * 1000,
        )

    def _write(self, blobs: DataFrame, run: EventRange, mark: Mark, schema: pa.Schema) -> None:
        name = self.target.name
        if self.target.kind == "changelog":
            work = partial(executor.changelog_rows, since=mark.since, schema=schema)
            self.writer.append(blobs.mapInArrow(work, spark_schema(schema)), name, mark)
            return
        work = partial(executor.mirror_changes, since=mark.since, schema=schema)
        rows = blobs.mapInArrow(work, spark_schema(executor.merge_schema(schema)))
        if run.truncated >= mark.since:
            rows = rows.where(f"NOT {executor.GONE}").drop(executor.GONE, executor.UNKNOWN)
            self.writer.overwrite(rows, name, mark)
        else:
            self.writer.merge(rows, name, run.key, mark)

    def _since(self, run: EventRange) -> int:
        # Asked anew: Spark's commits are not known to the table that the target holds.
        now: Table | None = self.target.sink.existing(self.target.name)
        return now.position(run.partition) if now else 0

    def _keyless(self, run: EventRange) -> bool:
        """A mirror needs a key; only a truncate, which has none, may come to one that is there."""
        if self.target.kind == "changelog" or run.key:
            return False
        if run.truncated == run.next_offset - 1 and self.target.exists():
            return False
        self.incidents.warn_keyless(run.partition.topic)
        return True
