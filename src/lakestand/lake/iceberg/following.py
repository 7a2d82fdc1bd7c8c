"""One table's changes appended to another, each exactly once, over any number of runs and crashes."""

from __future__ import annotations

from pyiceberg.table import Table

from lakestand.lake.arrow import conform
from lakestand.lake.iceberg import incremental, tables
from lakestand.lake.iceberg.committing import commit_with_retry
from lakestand.lake.iceberg.incremental import Checkpoint
from lakestand.lake.iceberg.transaction import Transaction

CHECKPOINT = "lakestand.checkpoint."
# PyIceberg's own retry would append again on top of what another follower committed: ours reads the checkpoint first.
NO_RETRY = {"commit.retry.num-retries": "0"}


def follow(source: Table, target: Table) -> int:
    """Append what changed in *source* since the last call, and the new checkpoint, to *target* in one commit.

    Returns the number of change rows. Columns as `incremental.changelog` has them.
    """
    tables.check_writable(target)
    return commit_with_retry(lambda: _attempt(source, target), tables.name(target))


def checkpoint(source: Table, target: Table) -> Checkpoint:
    """Up to where *target* has followed *source*."""
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
        at = increment.checkpoint
        transaction.set_properties({CHECKPOINT + at.table_uuid: str(at.snapshot_id)})
    return int(increment.rows.num_rows)
