"""Following a table: its changes are appended to another one, each exactly once, whatever crashes in between."""

from __future__ import annotations

from pyiceberg.table import Table

from lakestand.lake.arrow import conform
from lakestand.lake.iceberg import incremental, tables
from lakestand.lake.iceberg.committing import commit_with_retry
from lakestand.lake.iceberg.incremental import Checkpoint
from lakestand.lake.iceberg.transaction import Transaction

CHECKPOINT = "lakestand.checkpoint."
# PyIceberg's own retry would append again on top of another follower's commit: ours reads the checkpoint first.
NO_RETRY = {"commit.retry.num-retries": "0"}


def follow(source: Table, target: Table) -> int:
    """Append the changes of *source* since the last call to *target*, and return their number.

    Rows, with the columns of `incremental.changelog`, and the new checkpoint are one commit. TableError when *source*
    was replaced or its snapshots have expired, or when no commit was confirmed within a minute.
    """
    tables.check_writable(target)
    return commit_with_retry(lambda: _attempt(source, target), tables.name(target))


def checkpoint(source: Table, target: Table) -> Checkpoint:
    """Return the checkpoint that *target* has reached in *source*."""
    start = incremental.begin(source)
    stored = target.properties.get(CHECKPOINT + start.table_uuid)
    return Checkpoint(table_uuid=start.table_uuid, snapshot_id=int(stored) if stored else None)


def _attempt(source: Table, target: Table) -> int:
    target.refresh()
    if not NO_RETRY.items() <= target.properties.items():
        with Transaction(target) as transaction:
            transaction.set_properties(NO_RETRY)
    increment = incremental.read(source, checkpoint(source, target))
    if not increment.rows.num_rows:
        return 0
    with Transaction(target) as transaction:
        transaction.append(conform(increment.rows, target.schema().as_arrow()))
        reached = increment.checkpoint
        transaction.set_properties({CHECKPOINT + reached.table_uuid: str(reached.snapshot_id)})
    return int(increment.rows.num_rows)
