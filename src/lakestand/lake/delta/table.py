"""One Delta table, written by delta-rs: rows and Kafka positions in one commit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from lakestand.clients import retry
from lakestand.clients.sql import quote
from lakestand.lake import keys, outage
from lakestand.lake.arrow import conform, plain_schema, renamed
from lakestand.lake.delta import reading
from lakestand.lake.table import Batch, Mark, Partition

DELETED = "__lakestand_deleted"
TOPIC_ID = "lakestand.topic-id."
# A batch of at most so many rows lets delta-rs skip files by its least and greatest key, for which it reads it twice.
PRUNED_ROWS = 20_000
STORE_ERROR = "Generic S3 error"  # delta-rs wraps the errors of the object store in its own

T = TypeVar("T")


def is_transient(err: BaseException) -> bool:
    """Return whether the same call may succeed later: another writer was faster, or the store did not answer."""
    return isinstance(err, CommitFailedError | OSError) or (isinstance(err, DeltaError) and STORE_ERROR in str(err))


@dataclass
class DeltaLakeTable:
    """A Delta table whose positions are application transactions (Delta protocol, "Transaction Identifiers").

    delta-rs records a transaction's version and does not refuse an older one, so that it is compared before a write.

    Attributes:
        name: of the table in messages.
        table: delta-rs' handle.
        retry_seconds: how long errors that may pass are outlasted.
    """

    name: str
    table: DeltaTable
    retry_seconds: float = retry.COMMIT_SECONDS
    _known: tuple[tuple[int, str], int] = ((-1, ""), 0)
    _history: tuple[int, list[dict[str, Any]]] = (-1, [])

    def schema(self) -> pa.Schema:
        """Return the columns that the log has."""
        return plain_schema(pa.schema(self.table.schema().to_arrow()))

    def position(self, partition: Partition) -> int:
        """Return the version of the partition's application transaction."""
        # delta-rs reads the log for it, 10 ms each time: remembered for the version and partition asked for last.
        at = (self.table.version(), transaction_app(partition))
        if self._known[0] != at:
            self._known = at, self.table.transaction_version(at[1]) or 0
        return self._known[1]

    def topic_id(self, topic: str) -> str:
        """Return the id in the metadata of the last commit of this topic's events that the log still has."""
        name = TOPIC_ID + topic
        return next((str(commit[name]) for commit in self._commits() if name in commit), "")

    def topics(self) -> set[str]:
        """Return the topics in the metadata of all commits that the log still has."""
        return {key.removeprefix(TOPIC_ID) for commit in self._commits() for key in commit if key.startswith(TOPIC_ID)}

    def evolve(self, schema: pa.Schema) -> None:
        """Append no rows with a wider schema; where the type of a column changes, the table is rewritten."""
        self._outlast(lambda: self._evolve(schema))

    def rename(self, path: Sequence[str], name: str) -> None:
        """Rewrite the table with another name for a column: delta-rs has no column mapping."""

        def attempt() -> None:
            rows = renamed(self._read(), path, name)
            write_deltalake(self.table, rows, mode="overwrite", schema_mode="overwrite")
            self.table.update_incremental()

        self._outlast(attempt)

    def append(self, rows: pa.Table, mark: Mark) -> None:
        """Add *rows* in one commit."""
        self._outlast(lambda: self._append(rows, mark))

    def merge(self, batch: Batch, mark: Mark) -> None:
        """Apply *batch* by one MERGE, or by an overwrite where it truncates."""
        self._outlast(lambda: self._apply(batch, mark))

    def read(self) -> pa.Table:
        """Return all rows of the newest version."""
        return self._outlast(self._read)

    def version(self) -> str:
        """Return the version that was read last."""
        return f"version {self.table.version()}"

    def batches(self) -> Iterator[pa.Table]:
        """Yield rows file by file, for a reader of the whole dataset reads ahead until memory ends."""
        schema, dataset = self.schema(), reading.dataset(self.table)
        for fragment in dataset.get_fragments():
            for batch in fragment.to_batches(schema=dataset.schema, batch_readahead=1):
                yield conform(pa.Table.from_batches([batch]), schema)

    def _commits(self) -> list[dict[str, Any]]:
        """Return the commits that the log still has, newest first; the log is read once for a version."""
        if self._history[0] != self.table.version():
            # Spark can add one text to a commit, which is JSON here.
            commits = [c | json.loads(c.get("userMetadata", "{}")) for c in self.table.history()]
            self._history = self.table.version(), commits
        return self._history[1]

    def _evolve(self, schema: pa.Schema) -> None:
        self.table.update_incremental()
        present = self.schema()
        if all(present.field(f.name) == f for f in schema if f.name in present.names):
            write_deltalake(self.table, schema.empty_table(), mode="append", schema_mode="merge")
        else:
            rows = conform(self._read(), schema)
            write_deltalake(self.table, rows, mode="overwrite", schema_mode="overwrite")
        self.table.update_incremental()

    def _append(self, rows: pa.Table, mark: Mark) -> None:
        if not self._is_due(mark):
            return
        write_deltalake(self.table, rows, mode="append", commit_properties=_properties(mark))

    def _apply(self, batch: Batch, mark: Mark) -> None:
        if not self._is_due(mark):
            return
        if batch.truncate:
            rows = conform(batch.upserts, self.schema())
            write_deltalake(self.table, rows, mode="overwrite", commit_properties=_properties(mark))
            return
        upserts = keys.fill_unknown(batch, self._read() if batch.unknown else self.schema().empty_table())
        if self._is_empty():
            write_deltalake(self.table, upserts, mode="append", commit_properties=_properties(mark))
            return
        self._merge(batch, upserts, mark)

    def _read(self) -> pa.Table:
        self.table.update_incremental()
        return conform(reading.rows(self.table), self.schema())

    def _merge(self, batch: Batch, upserts: pa.Table, mark: Mark) -> None:
        names = batch.keys.column_names
        deleted = keys.without(
            conform(batch.keys, pa.schema([upserts.schema.field(n) for n in names])), upserts.select(names)
        )
        changes = pa.concat_tables(
            [
                upserts.append_column(DELETED, pa.repeat(pa.scalar(False), upserts.num_rows)),
                conform(deleted, upserts.schema).append_column(DELETED, pa.repeat(pa.scalar(True), deleted.num_rows)),
            ]
        )
        columns = {quote(n): f"s.{quote(n)}" for n in upserts.column_names}
        on = " AND ".join(f"t.{quote(n)} = s.{quote(n)}" for n in names)
        streamed, properties = changes.num_rows > PRUNED_ROWS, _properties(mark)
        merger = self.table.merge(changes, on, "s", "t", streamed_exec=streamed, commit_properties=properties)
        merger = merger.when_matched_delete(f"s.{DELETED}").when_matched_update(columns, predicate=f"NOT s.{DELETED}")
        merger.when_not_matched_insert(columns, predicate=f"NOT s.{DELETED}").execute()

    def _outlast(self, work: Callable[[], T]) -> T:
        try:
            return outage.outlast(work, name=self.name, is_transient=is_transient, seconds=self.retry_seconds)
        except DeltaError as err:
            if "File not found" not in str(err) and "No files in log" not in str(err):
                raise
            raise outage.table_gone(self.name) from err

    def _is_due(self, mark: Mark) -> bool:
        self.table.update_incremental()
        return mark.is_due(self.position(mark.partition), self.name)

    def _is_empty(self) -> bool:
        return not self.table.file_uris()


def transaction_app(partition: Partition) -> str:
    """Return the id of the application whose transactions are the positions of *partition*."""
    return f"lakestand.{partition.topic}.{partition.number}"


def _properties(mark: Mark) -> CommitProperties:
    return CommitProperties(
        custom_metadata={TOPIC_ID + mark.partition.topic: mark.topic_id},
        app_transactions=[Transaction(transaction_app(mark.partition), mark.next_offset)],
    )
