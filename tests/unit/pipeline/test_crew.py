"""The threads that write all targets: how many they are, and how much may wait for them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from lakestand.lake.table import Partition
from lakestand.pipeline.crew import Crew, running, threads_for
from lakestand.pipeline.reports import Commit
from tests.unit.pipeline.connect import decoded
from tests.unit.pipeline.test_lane import create, lane, put_all


def test_many_lanes_have_few_threads_and_each_keeps_its_order() -> None:
    topics = [f"shop.public.t{n}" for n in range(50)]
    lanes = [lane(topic) for topic in topics]
    names = set[str]()
    for work, _, commits in lanes:
        work.on_commit = _noting(commits, names)
    with running([work for work, _, _ in lanes]) as crew:
        for number in range(4):
            put_all(crew, [create(number, topic=topic) for topic in topics])

    assert len(names) <= threads_for(50)
    for (_, sink, _), topic in zip(lanes, topics, strict=True):
        table = sink.tables[topic.rpartition(".")[2]]
        assert (table.read().num_rows, table.position(Partition(topic, 0))) == (4, 4)


def _noting(commits: list[Commit], names: set[str]) -> Callable[[Commit], None]:
    def note(commit: Commit) -> None:
        commits.append(commit)
        names.add(threading.current_thread().name)

    return note


@pytest.mark.parametrize(
    ("cores", "lanes", "threads"), [(1, 2, 2), (1, 500, 4), (2, 2000, 4), (6, 2000, 12), (64, 2000, 16)]
)
def test_threads_are_bounded_by_cores_and_not_by_lanes(
    monkeypatch: pytest.MonkeyPatch, cores: int, lanes: int, threads: int
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: set(range(cores)))

    assert threads_for(lanes) == threads


@pytest.mark.timeout(20)
def test_reading_pauses_while_as_many_bytes_wait_as_may_and_what_is_larger_passes_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = decoded(create(0))
    monkeypatch.setattr("lakestand.pipeline.crew.MAX_BYTES", batch[0].rows.nbytes * 2)
    work, sink, _ = lane()
    crew, passed = Crew([work]), threading.Semaphore(0)

    def put() -> None:
        for number in range(3):
            crew.put(decoded(create(number)))
            passed.release()

    putting = threading.Thread(target=put)
    putting.start()
    assert passed.acquire(timeout=10)
    assert passed.acquire(timeout=10)
    assert not passed.acquire(timeout=0.2)
    writing = threading.Thread(target=crew.work)
    writing.start()
    assert passed.acquire(timeout=10)
    monkeypatch.setattr("lakestand.pipeline.crew.MAX_BYTES", 1)
    crew.put(decoded(create(3)))
    crew.close()
    writing.join()
    assert sorted(sink.tables["orders"].read()["id"].to_pylist()) == [0, 1, 2, 3]
