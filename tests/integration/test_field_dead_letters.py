"""A record that cannot be decoded goes to the dead letters once, and is named until somebody has dealt with it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from lakestand.clients import letters
from lakestand.pipeline.dead_letters import Outbox
from lakestand.pipeline.decoding.payloads import DeadLetter
from lakestand.pipeline.decoding.records import KafkaRecord
from lakestand.settings import Settings
from tests.fixtures.road import ROOT
from tests.fixtures.stream import Stream, stream

pytestmark = pytest.mark.services("kafka", "minio")

ENGINES = pytest.mark.parametrize("engine", ["local", "spark"])


@pytest.fixture
def orders(settings: Settings, namespace: str) -> Iterator[Stream]:
    with stream(settings, "delta", namespace) as made:
        yield made


def carry(orders: Stream, engine: str = "local") -> subprocess.CompletedProcess[str]:
    """Carry the stream to its end, as an operator does."""
    assert orders.producer.flush(10) == 0
    argv = [sys.executable, "-m", "invoke", "pipeline.run", f"--topic={orders.topic}", "--sink=delta", "--once"]
    argv += [f"--engine={engine}", f"--namespace={orders.namespace}"]
    return subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True, timeout=240)


def positions(orders: Stream) -> list[str]:
    """Return the positions in the headers of the dead letters, in their order."""
    return [headers["position"] for _, headers in orders.dead_letters()]


def bad(orders: Stream, *offsets: int) -> list[DeadLetter]:
    """Return dead letters for records at *offsets*."""
    return [DeadLetter.from_record(KafkaRecord(orders.topic, 0, n, None, b"?"), "no event") for n in offsets]


def outbox(orders: Stream) -> Outbox:
    """Return the outbox of a new engine."""
    return Outbox(orders.settings.bootstrap_servers, f"{orders.topic}.dead-letter")


def test_while_the_table_does_not_exist_each_run_names_the_record_and_none_sends_it_again(orders: Stream) -> None:
    orders.send_raw(b"not json")
    for engine in ("local", "spark", "local"):
        done = carry(orders, engine)

        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == (
            "error: not all is in the tables: 1 record is no change event and went to "
            f"{orders.topic}.dead-letter with its reason"
        )
    assert positions(orders) == [f"{orders.topic}[0]@0"]


def test_what_an_earlier_run_put_aside_is_still_named_when_the_tables_are_beyond_it(orders: Stream) -> None:
    orders.send_raw(b"not json")
    orders.send("c", {"id": 1, "note": "a"})
    carry(orders)
    orders.send("c", {"id": 2, "note": "b"})

    done = carry(orders)

    assert (done.returncode, [row["id"] for row in orders.rows()]) == (1, [1, 2])
    assert "1 record is no change event and went to" in done.stderr.splitlines()[-1]
    assert len(positions(orders)) == 1


def test_an_engine_adds_what_the_other_did_not_send(orders: Stream) -> None:
    first, second = outbox(orders), outbox(orders)

    assert len(first.send(bad(orders, 1, 2))) == 2
    assert [letter.record.offset for letter in second.send(bad(orders, 1, 2, 3))] == [3]
    assert [letter.record.offset for letter in first.send(bad(orders, 2, 3, 4))] == [4]
    assert positions(orders) == [f"{orders.topic}[0]@{n}" for n in (1, 2, 3, 4)]
    assert letters.counts(orders.settings.bootstrap_servers, [orders.topic]) == {f"{orders.topic}.dead-letter": 4}


def test_engines_at_the_same_time_send_each_record_once(orders: Stream) -> None:
    def send(own: Outbox) -> int:
        return sum(len(own.send(bad(orders, *range(10 * n, 10 * n + 10)))) for n in range(4))

    with ThreadPoolExecutor(3) as engines:
        sent = list(engines.map(send, [outbox(orders) for _ in range(3)]))

    assert sum(sent) == 40
    assert sorted(positions(orders)) == sorted(f"{orders.topic}[0]@{n}" for n in range(40))


def test_what_an_engine_sent_and_did_not_commit_is_no_letter(orders: Stream) -> None:
    crashed = outbox(orders)
    producer = crashed.take_over(bad(orders, 1))
    producer.begin_transaction()
    producer.produce(crashed.name, b"?", headers={"position": f"{orders.topic}[0]@1"})
    assert producer.flush(10) == 0

    assert len(outbox(orders).send(bad(orders, 1))) == 1
    assert positions(orders) == [f"{orders.topic}[0]@1"]


def test_of_a_large_topic_only_what_comes_after_the_record_is_read(
    orders: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox(orders).send(bad(orders, *range(5000)))
    seen = list[int]()
    read = letters.read

    def counting(*arguments: object) -> Iterator[letters.Letter]:
        found = list(read(*arguments))  # type: ignore[arg-type]
        seen.append(len(found))
        return iter(found)

    monkeypatch.setattr(letters, "read", counting)

    assert outbox(orders).send(bad(orders, 4990, 4991)) == []
    assert sum(seen) < 100
