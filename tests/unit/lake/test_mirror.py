"""Iceberg mirrors by position deletes over many commits, compared with a dict and with PyIceberg's own reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lakestand.lake.iceberg import incremental, summary
from lakestand.lake.iceberg.compaction import compact
from lakestand.lake.iceberg.sink import Iceberg
from lakestand.lake.iceberg.upkeep import EXPIRED_AT_ONCE, FAN_IN, SNAPSHOTS
from tests.unit.lake.conftest import local_catalog
from tests.unit.lake.life import KEYS, Life
from tests.unit.lake.orders import OTHER, SCHEMA, batch, mark, read_rows


@pytest.fixture(params=[0, 100], ids=["all files marked", "small files rewritten"])
def life(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Life]:
    """Return a mirror of some hundred rows in several files."""
    made = Life(Iceberg(local_catalog(tmp_path), "shop", rewrite_rows=request.param))
    for _ in range(3):
        made.commit(120)
    yield made
    made.check()


def test_many_commits_leave_the_rows_of_each_keys_last_change(life: Life) -> None:
    marked = 0
    for number in range(40):
        life.commit(life.random.randrange(1, 60))
        files, marks = life.totals()
        assert marks <= files
        marked += marks > 0
        if number % 8 == 0:
            life.check()
        assert summary.summarize(life.elsewhere()).rows == len(life.wanted)
    assert marked > 10  # else no file is ever marked here, and nothing is tested


def test_a_truncate_between_commits_takes_every_file_away(life: Life) -> None:
    life.commit(30, truncate=True)
    life.commit(30)


def test_a_large_file_is_read_without_its_deleted_rows(tmp_path: Path) -> None:
    mirror = Iceberg(local_catalog(tmp_path), "shop").table("orders", SCHEMA)
    count = 300_000  # more than PyIceberg reads at once
    rows = pa.table({"id": pa.array(range(count), pa.int32()), "note": ["old"] * count})
    mirror.append(rows, mark(0, 1))
    gone = [0, 131_071, 131_072, 200_000, count - 1]
    mirror.merge(batch([], [(key,) for key in gone]), mark(1, 2))

    wanted = sorted(set(range(count)) - set(gone))
    assert mirror.table.current_snapshot().summary["total-delete-files"] == "1"  # type: ignore[union-attr,index]
    for read in (mirror.read(), pa.concat_tables(mirror.batches()), mirror.table.scan().to_arrow()):
        assert sorted(read["id"].to_pylist()) == wanted


def test_a_writer_that_a_compaction_overtook_looks_its_rows_up_again_and_pyiceberg_does_not_retry(
    tmp_path: Path,
) -> None:
    mirror = Iceberg(local_catalog(tmp_path), "shop", rewrite_rows=0).table("orders", SCHEMA)
    mirror.merge(batch([(key, "old") for key in range(20)]), mark(0, 1))
    mirror.merge(batch([(key, "old") for key in range(20, 40)]), mark(1, 2))
    with mirror.table.transaction() as transaction:
        transaction.set_properties({"commit.retry.num-retries": "4"})
    compact(local_catalog(tmp_path).load_table("shop.orders"))
    mirror.merge(batch([(1, "new")]), mark(2, 3))

    assert read_rows(mirror) == sorted([(1, "new"), *((key, "old") for key in range(40) if key != 1)], key=str)


def test_small_files_are_joined_and_old_snapshots_expire_while_a_mirror_is_written(life: Life) -> None:
    with life.mirror.table.transaction() as transaction:
        transaction.set_properties({SNAPSHOTS: "5"})
    life.elsewhere().manage_snapshots().create_tag(life.head(), "kept").commit()
    tagged = life.head()
    for _ in range(60):
        life.commit(2)
        assert life.totals()[0] < 2 * FAN_IN

    table = life.elsewhere()
    assert len(table.metadata.snapshots) < 5 + EXPIRED_AT_ONCE
    assert table.snapshot_by_id(tagged) is not None


def test_the_changelog_of_each_commit_has_its_rows_and_no_other(life: Life) -> None:
    for _ in range(20):
        since, before = life.head(), set(life.wanted.items())
        life.commit(25)
        after = set(life.wanted.items())
        changes = incremental.changelog(life.elsewhere(), since).to_pylist()

        wanted = [(*row, "DELETE") for row in before - after] + [(*row, "INSERT") for row in after - before]
        assert sorted((c["id"], c["note"], c["_change_type"]) for c in changes) == sorted(wanted)


def foreign_delete(life: Life) -> None:
    """Delete a row as PyIceberg does: by copy on write."""
    key = min(life.wanted)
    life.elsewhere().delete(f"id = {key}")
    del life.wanted[key]


def foreign_compaction(life: Life) -> None:
    """Compact the table in another process."""
    compact(life.elsewhere())
    assert life.totals() == (1, 0)


def foreign_append(life: Life) -> None:
    """Append a row whose key the index cannot know."""
    life.elsewhere().append(pa.table({"id": [KEYS + 1], "note": ["foreign"]}, schema=SCHEMA))
    life.mirror.merge(batch([], [(KEYS + 1,)]), mark(life.position, life.position + 1))
    life.position += 1


def second_pipeline(life: Life) -> None:
    """Let a process with an index of its own commit the changes of another partition."""
    now = life.sink.table("orders", SCHEMA)
    since = now.position(OTHER)
    changed, gone = life.random.sample(sorted(life.wanted), 2)
    now.merge(batch([(changed, "by another"), (KEYS + 2, "new")], [(gone,)]), mark(since, since + 1, OTHER))
    del life.wanted[gone]
    life.wanted |= {changed: "by another", KEYS + 2: "new"}


def rollback(life: Life) -> None:
    """Roll the table back by two commits; its position, a property, stays."""
    wanted: dict[int, Any] = dict(life.wanted)
    head = life.head()
    life.commit(40)
    life.commit(40)
    index = life.mirror._mirror._holdings.index  # type: ignore[union-attr]  # noqa: SLF001
    index.runs = [index._living(run) for run in index.runs]  # noqa: SLF001  as a merge of runs does
    life.elsewhere().manage_snapshots().rollback_to_snapshot(head).commit()
    life.mirror.table.refresh()
    life.wanted = wanted


FOREIGN = [foreign_delete, foreign_compaction, foreign_append, second_pipeline, rollback]


@pytest.mark.parametrize("foreign", FOREIGN, ids=lambda work: work.__name__)
def test_the_index_follows_what_others_do_to_the_table(life: Life, foreign: Callable[[Life], None]) -> None:
    for _ in range(3):
        foreign(life)
        life.commit(60)
        life.check()
