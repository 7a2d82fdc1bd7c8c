"""A target's events, and the threads that write all targets."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pytest

from lakestand import probe
from lakestand.errors import PipelineError
from lakestand.lake.memory import Memory
from lakestand.lake.table import Partition
from lakestand.pipeline.crew import Crew, running
from lakestand.pipeline.decoding.decoder import Events
from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.pipeline.lane import Lane, coalesce
from lakestand.pipeline.reports import Commit
from lakestand.pipeline.target import Target
from tests.unit.pipeline.connect import ORDERS, TOPIC, decoded, field, record, row

OTHER = (ORDERS[0], field("note", "int32"))
REFUSED = record(1, "u", after={"id": 1, "note": 5}, columns=OTHER)


def create(number: int, partition: int = 0, topic: str = TOPIC) -> KafkaRecord:
    """Return the record at offset *number*, which creates the row of that number."""
    return record(number, "c", after=row(number), partition=partition, topic=topic)


def lane(topic: str = TOPIC) -> tuple[Lane, Memory, list[Commit]]:
    """Return a lane into a memory sink, the sink, and the list of its commits."""
    sink, commits = Memory(), list[Commit]()
    return Lane(Target(topic, sink, "mirror", "topic-id"), commits.append, lambda *_: None), sink, commits


def broken(_committed: Commit) -> None:
    """Fail, as a listener of commits."""
    raise PipelineError("after the commit")


def offsets(events: Events | None) -> list[int]:
    """Return the offsets of *events*."""
    return events.rows["offset"].to_pylist() if events else []


def put_all(crew: Crew, records: Sequence[KafkaRecord]) -> None:
    """Hand each record over by itself."""
    for each in records:
        crew.put(decoded(each))


def test_all_that_was_handed_over_is_committed_when_the_block_ends() -> None:
    work, sink, commits = lane()
    with running([work]) as crew:
        put_all(crew, [create(number) for number in range(5)])

    assert sorted(sink.tables["orders"].read()["id"].to_pylist()) == [0, 1, 2, 3, 4]
    assert sum(c.events for c in commits) == 5


def test_what_its_thread_failed_with_is_raised_and_stops_it() -> None:
    work, sink, _ = lane()
    work.on_commit = broken

    with pytest.raises(PipelineError, match="after the commit"), running([work]) as crew:
        put_all(crew, [create(0, partition=0), create(0, partition=1)])
    assert sink.tables["orders"].read()["id"].to_pylist() == [0]


@pytest.mark.timeout(20)
def test_nobody_waits_for_lanes_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lakestand.pipeline.crew.MAX_BYTES", 1)
    work, _, _ = lane()
    work.on_commit = broken

    with pytest.raises(PipelineError, match="after the commit"), running([work]) as crew:
        put_all(crew, [create(n) for n in range(6)])


def test_a_lane_that_cannot_follow_stands_still_before_what_it_could_not_write() -> None:
    refusals = list[tuple[str, list[int]]]()
    work, sink, commits = lane()
    work.on_halt = lambda _target, err, events: refusals.append((str(err), offsets(events)))
    with running([work]) as crew:
        crew.put(decoded(create(0), REFUSED, create(2)))

    assert sink.tables["orders"].read()["id"].to_pylist() == [0]
    assert (work.is_halted, len(commits), sink.tables["orders"].position(Partition(TOPIC, 0))) == (True, 1, 1)
    assert [(text[:22], offsets) for text, offsets in refusals] == [("orders.note is string ", [1])]


@pytest.mark.timeout(20)
def test_nobody_waits_for_a_lane_that_stands_still_and_its_oldest_event_is_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lakestand.pipeline.crew.MAX_BYTES", 1)
    work, _, commits = lane()
    with running([work]) as crew:
        put_all(crew, [create(0), REFUSED, *map(create, range(2, 6))])

    assert (work.is_halted, [c.events for c in commits]) == (True, [1])
    assert work.oldest_uncommitted_ms() == REFUSED.timestamp_ms


def test_neighbours_of_one_version_and_partition_take_one_commit() -> None:
    wide = record(3, "c", after={"id": 3, "note": 1}, columns=OTHER)
    parts = [decoded(r)[0] for r in (create(0), create(1), create(0, partition=1), create(2), wide, create(4))]

    assert [e.rows["offset"].to_pylist() for e in coalesce(parts)] == [[0, 1], [0], [2], [3], [4]]


def test_the_oldest_event_is_that_of_what_waits_until_all_is_committed() -> None:
    work, _, _ = lane()
    assert work.oldest_uncommitted_ms() is None

    events, crew = decoded(create(0), create(1)), Crew([work])
    crew.put(events)
    crew.put(decoded(create(2)))
    assert work.oldest_uncommitted_ms() == events[0].rows["kafka_ms"][0].as_py()

    thread = threading.Thread(target=crew.work)
    thread.start()
    probe.until(lambda: work.oldest_uncommitted_ms() is None, 10, "a lane with nothing to do, that goes on")
    crew.close()
    thread.join()


def test_what_is_being_written_is_not_there_yet() -> None:
    work, seen = lane()[0], list[float | None]()
    work.on_commit = lambda _commit: seen.append(work.oldest_uncommitted_ms())
    events = decoded(create(0))
    with running([work]) as crew:
        crew.put(events)

    assert seen == [events[0].rows["kafka_ms"][0].as_py()]


@pytest.mark.parametrize("raised", [pa.ArrowInvalid("offset overflow"), ValueError("no such type"), KeyError("id")])
def test_whatever_a_table_raises_halts_it_alone(raised: Exception) -> None:
    class Broken(Memory):
        """Tables that cannot be written."""

        def fit(self, schema: pa.Schema) -> pa.Schema:
            raise raised if schema else AssertionError

    halted = list[Exception]()
    bad, _, _ = lane()
    bad.target = replace(bad.target, sink=Broken())
    bad.on_halt = lambda _target, err, _events: halted.append(err)
    good, sink, _ = lane()
    with running([bad, good]) as crew:
        put_all(crew, [create(0), create(1)])

    assert (halted, bad.is_halted, good.is_halted) == ([raised], True, False)
    assert sorted(sink.tables["orders"].read()["id"].to_pylist()) == [0, 1]
