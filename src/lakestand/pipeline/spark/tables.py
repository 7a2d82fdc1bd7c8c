"""Writing tables by Spark: rows and positions in one commit, as the local engine's sinks have them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

import pyarrow as pa

from lakestand.clients.sql import quote
from lakestand.lake import sinks
from lakestand.lake.delta.sink import Delta, timeless
from lakestand.lake.delta.table import TOPIC_ID, transaction_app
from lakestand.lake.iceberg.sink import Iceberg
from lakestand.lake.iceberg.table import IcebergTable, mark_properties
from lakestand.lake.table import Mark, Sink
from lakestand.pipeline.spark.executor import GONE, UNKNOWN
from lakestand.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, DataFrameWriterV2, SparkSession

CATALOG = "lakestand"
BATCH = "lakestand_batch"


class TableWriter(Protocol):
    """Writes one kind of table by Spark; rows and position in one commit.

    Tables are created, evolved and asked for their positions without Spark, by *sink*.
    """

    @property
    def sink(self) -> Sink:
        """The same tables, for use without Spark."""

    def to(self, sink: Sink) -> TableWriter:
        """Return the writer of *sink*, which is of the same kind and has the tables of another namespace."""

    def append(self, rows: DataFrame, name: str, mark: Mark) -> None:
        """Add *rows* to the table *name*."""

    def overwrite(self, rows: DataFrame, name: str, mark: Mark) -> None:
        """Replace all rows of the table *name* by *rows*."""

    def merge(self, rows: DataFrame, name: str, key: Sequence[str], mark: Mark) -> None:
        """Apply *rows*, which `executor.mirror_changes` yielded, to the table *name* with the primary key *key*."""


@dataclass(frozen=True)
class SparkDelta:
    """Writes Delta tables. Positions are application transactions, by the same names as the local engine's.

    Spark itself skips a commit whose transaction the table has already.
    """

    sink: Delta

    def to(self, sink: Sink) -> SparkDelta:
        """Return the writer of other Delta tables."""
        return SparkDelta(cast("Delta", sink))

    def append(self, rows: DataFrame, name: str, mark: Mark) -> None:
        """Append in one Delta commit."""
        self._write(rows, name, mark, "append")

    def overwrite(self, rows: DataFrame, name: str, mark: Mark) -> None:
        """Overwrite in one Delta commit."""
        self._write(rows, name, mark, "overwrite")

    def merge(self, rows: DataFrame, name: str, key: Sequence[str], mark: Mark) -> None:
        """Merge in one Delta commit."""
        prefix = "spark.databricks.delta."
        options = {
            f"{prefix}write.txnAppId": transaction_app(mark.partition),
            f"{prefix}write.txnVersion": str(mark.next_offset),
            f"{prefix}commitInfo.userMetadata": _metadata(mark),
        }
        with session_options(rows.sparkSession, options):
            merge(rows, f"delta.`{self._path(name)}`", key)

    def _write(self, rows: DataFrame, name: str, mark: Mark, mode: str) -> None:
        writer = rows.write.format("delta").mode(mode).option("userMetadata", _metadata(mark))
        writer = writer.option("txnAppId", transaction_app(mark.partition)).option("txnVersion", mark.next_offset)
        writer.save(self._path(name))

    def _path(self, name: str) -> str:
        return self.sink.uri(name).replace("s3://", "s3a://", 1)


@dataclass(frozen=True)
class SparkIceberg:
    """Writes Iceberg tables of the catalogue.

    Spark cannot set table properties in the commit that writes rows. So positions are properties of the snapshot,
    which is that commit, and right after of the table too, where they survive the snapshot's expiry; the later of both
    counts.
    """

    sink: Iceberg

    def to(self, sink: Sink) -> SparkIceberg:
        """Return the writer of other Iceberg tables."""
        return SparkIceberg(cast("Iceberg", sink))

    def append(self, rows: DataFrame, name: str, mark: Mark) -> None:
        """Append in one snapshot."""
        self._writer(rows, name, mark).append()
        self._keep(name, mark)

    def overwrite(self, rows: DataFrame, name: str, mark: Mark) -> None:
        """Overwrite in one snapshot."""
        from pyspark.sql.functions import lit  # noqa: PLC0415  an optional dependency

        self._writer(rows, name, mark).overwrite(lit(True))
        self._keep(name, mark)

    def merge(self, rows: DataFrame, name: str, key: Sequence[str], mark: Mark) -> None:
        """Merge in one snapshot."""
        options = {f"spark.sql.iceberg.snapshot-property.{k}": v for k, v in mark_properties(mark).items()}
        with session_options(rows.sparkSession, options):
            merge(rows, self._name(name), key)
        self._keep(name, mark)

    def _writer(self, rows: DataFrame, name: str, mark: Mark) -> DataFrameWriterV2:
        writer = rows.writeTo(self._name(name))
        for key, value in mark_properties(mark).items():
            writer = writer.option(f"snapshot-property.{key}", value)
        return writer

    def _keep(self, name: str, mark: Mark) -> None:
        table = self.sink.existing(name)
        if isinstance(table, IcebergTable):
            table.set_mark(mark)

    def _name(self, name: str) -> str:
        return ".".join((CATALOG, quote(self.sink.namespace), quote(name)))


def merge(rows: DataFrame, target: str, key: Sequence[str]) -> None:
    """Apply rows of `executor.mirror_changes` to the table *target* by one MERGE; UNKNOWN values stay as they are."""
    rows.createOrReplaceTempView(BATCH)
    names = [n for n in rows.columns if n not in {GONE, UNKNOWN}]
    on = " AND ".join(f"t.{quote(k)} = s.{quote(k)}" for k in key)
    updates = ", ".join(f"t.{quote(n)} = {_value(n)}" for n in names)
    columns, values = ", ".join(map(quote, names)), ", ".join(f"s.{quote(n)}" for n in names)
    rows.sparkSession.sql(
        f"MERGE INTO {target} t USING {BATCH} s ON {on} WHEN MATCHED AND s.{GONE} THEN DELETE "  # noqa: S608
        f"WHEN MATCHED THEN UPDATE SET {updates} "
        f"WHEN NOT MATCHED AND NOT s.{GONE} THEN INSERT ({columns}) VALUES ({values})"
    )


@contextmanager
def session_options(session: SparkSession, options: Mapping[str, str]) -> Iterator[None]:
    """Set *options* of the session for the length of a block."""
    for key, value in options.items():
        session.conf.set(key, value)
    try:
        yield
    finally:
        for key in options:
            session.conf.unset(key)


def _value(name: str) -> str:
    text = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"CASE WHEN array_contains(s.{UNKNOWN}, '{text}') THEN t.{quote(name)} ELSE s.{quote(name)} END"


def _metadata(mark: Mark) -> str:
    return json.dumps({TOPIC_ID + mark.partition.topic: mark.topic_id})


@dataclass(frozen=True)
class IcebergWithoutTimes(Iceberg):
    """Iceberg tables without the type time, which Spark lacks: microseconds since midnight, as in Delta."""

    def fit(self, schema: pa.Schema) -> pa.Schema:
        """*schema* with int64 in place of time."""
        return pa.schema([pa.field(f.name, timeless(f.type)) for f in schema])


def _iceberg(settings: Settings, namespace: str) -> TableWriter:
    sink = sinks.iceberg(settings, namespace)
    return SparkIceberg(IcebergWithoutTimes(sink.catalog, sink.namespace, retry_seconds=sink.retry_seconds))


def _delta(settings: Settings, namespace: str) -> TableWriter:
    return SparkDelta(sinks.delta(settings, namespace))


WRITERS: dict[str, Callable[[Settings, str], TableWriter]] = {"iceberg": _iceberg, "delta": _delta}
