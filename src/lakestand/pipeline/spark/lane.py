"""One target table of one topic, written by Spark: which events of a micro-batch it still needs, and how."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from lakestand.errors import IncompatibleSchema
from lakestand.lake.table import Mark, Table
from lakestand.pipeline.halts import CONCERNS_ALL
from lakestand.pipeline.incidents import Incidents
from lakestand.pipeline.reports import Commit
from lakestand.pipeline.spark import executor
from lakestand.pipeline.spark.blobs import EventRange
from lakestand.pipeline.spark.frames import spark_schema
from lakestand.pipeline.spark.tables import TableWriter
from lakestand.pipeline.target import Target
from lakestand.spark import failures

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass
class SparkLane:
    """Writes the event ranges of a micro-batch to one table.

    Attributes:
        target: creates and evolves the table, and knows its position.
        writer: writes it.
        on_halt: is called once, when the table cannot be written.
        is_halted: whether the table stands still for that.
    """

    target: Target
    writer: TableWriter
    incidents: Incidents
    on_halt: Callable[[Target, Exception], None]
    is_halted: bool = False

    def apply(self, decoded: DataFrame, events: EventRange) -> Commit | None:
        """Write those events of the range *events* that the table lacks in one commit; None when it lacks none.

        When the table cannot be written, the lane stands still from then on.

        Args:
            decoded: the blobs of the micro-batch.
            events: of the lane's topic.
        """
        try:
            return None if self.is_halted else self._apply(decoded, events)
        except CONCERNS_ALL:
            raise
        except Exception as err:
            if failures.concerns_session(err):
                raise
            self.halt(err)
            return None

    def halt(self, err: Exception) -> None:
        """Stand still from now on because of *err*."""
        self.is_halted = True
        self.on_halt(self.target, err)

    def _apply(self, decoded: DataFrame, events: EventRange) -> Commit | None:
        self.target.take_name(events.table)
        if self._has_no_mirror(events):
            return None
        if events.refusal:
            raise IncompatibleSchema(f"{self.target.name}: {events.refusal}")
        began = time.monotonic()
        schema = self.target.open(events.row).schema()
        since = self._since(events)
        if since >= events.next_offset:
            return None
        mark = Mark(events.partition, since, events.next_offset, self.target.topic_id)
        place = (
            f"topic = '{events.partition.topic}' AND partition = {events.partition.number} AND number = {events.number}"
        )
        self._write(decoded.where(f"{place} AND next > {since}"), events, mark, schema)
        return Commit(
            table=self.target.label,
            sink=self.writer.sink.name,
            kind=self.target.kind,
            events=events.events,
            seconds=time.monotonic() - began,
            visible_ms=time.time() * 1000,
        )

    def _write(self, blobs: DataFrame, events: EventRange, mark: Mark, schema: pa.Schema) -> None:
        name, writer = self.target.name, self.writer.to(self.target.sink)
        if self.target.kind == "changelog":
            work = partial(executor.changelog_rows, since=mark.since, schema=schema)
            writer.append(blobs.mapInArrow(work, spark_schema(schema)), name, mark)
            return
        work = partial(executor.mirror_changes, since=mark.since, schema=schema)
        rows = blobs.mapInArrow(work, spark_schema(executor.merge_schema(schema)))
        if events.truncated >= mark.since:
            rows = rows.where(f"NOT {executor.GONE}").drop(executor.GONE, executor.UNKNOWN)
            writer.overwrite(rows, name, mark)
        else:
            writer.merge(rows, name, events.key, mark)

    def _since(self, events: EventRange) -> int:
        # Opened anew: the table that the target holds does not know of Spark's commits.
        table: Table | None = self.target.sink.existing(self.target.name)
        return table.position(events.partition) if table else 0

    def _has_no_mirror(self, events: EventRange) -> bool:
        """Whether a mirror cannot take *events*: they have no key, and are not a truncate of one that exists."""
        if self.target.kind == "changelog" or events.key:
            return False
        if events.truncated == events.next_offset - 1 and self.target.exists():
            return False
        self.incidents.warn_keyless(events.partition.topic)
        return True
