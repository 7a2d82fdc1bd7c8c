"""Records that cannot be decoded go to a topic beside their own, once, byte for byte, with position and reason.

A run reads again what its tables lack, so it meets records that were put aside before. Letters are sent in
transactions by an id that each dead-letter topic has for itself: whoever takes the id over knows that nobody else
writes, reads at the topic's end what is there, and adds the rest. Letters come in the order of their records, so as
many are read as the run meets again, however large the topic is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from confluent_kafka import KafkaException, Producer

from lakestand.clients import letters
from lakestand.clients.kafka import DEAD_LETTER
from lakestand.errors import PipelineError
from lakestand.pipeline.decoding.payloads import DeadLetter

SECONDS = 10.0
ATTEMPTS = 5  # another engine may take the id over in between
LARGEST = 1_000_000_000  # what the broker does not take it refuses itself


@dataclass
class Outbox:
    """The dead letters of the topic *name*, as far as this run met them.

    Attributes:
        known: partition and offset of the records whose letters are there.
        since: for each partition, the offset from which *known* is complete.
        number: how many letters there have been.
    """

    bootstrap_servers: str
    name: str
    known: set[tuple[int, int]] = field(default_factory=set)
    since: dict[int, int] = field(default_factory=dict)
    number: int = 0
    _producer: Producer | None = None

    def send(self, batch: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Send those of *batch* that are not there yet, all or none, and return them.

        PipelineError when Kafka refuses.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._send(batch)
            except KafkaException as err:
                self._producer = None
                if attempt == ATTEMPTS:
                    raise PipelineError(
                        f"{len(batch)} undecodable records cannot be put aside in {self.name}: {err.args[0].str()}; "
                        "invoke status"
                    ) from err
        raise AssertionError

    def _send(self, batch: Sequence[DeadLetter]) -> list[DeadLetter]:
        producer = self._producer or self.take_over(batch)
        if any(
            letter.record.offset < self.since.get(letter.record.partition, letter.record.offset + 1) for letter in batch
        ):
            self._look(batch)
        new = [letter for letter in batch if (letter.record.partition, letter.record.offset) not in self.known]
        if new:
            producer.begin_transaction()
            for number, (record, error) in enumerate(new, self.number + 1):
                headers: dict[str, str | bytes | None] = {
                    letters.POSITION: str(error.at),
                    letters.REASON: error.reason,
                    letters.NUMBER: str(number),
                }
                producer.produce(self.name, record.value, record.key, partition=0, headers=headers)
            producer.commit_transaction(SECONDS)
            self.number += len(new)
            self.known.update((letter.record.partition, letter.record.offset) for letter in new)
        self._producer = producer
        return new

    def take_over(self, batch: Sequence[DeadLetter]) -> Producer:
        """Return a producer beside which nobody else can write letters, once it is known what they wrote before."""
        producer = Producer(
            {
                "bootstrap.servers": self.bootstrap_servers,
                "transactional.id": f"lakestand-{self.name}",
                "message.max.bytes": LARGEST,
                "log_level": 0,
            }
        )
        producer.init_transactions(SECONDS)
        self._look(batch)
        return producer

    def _look(self, batch: Sequence[DeadLetter]) -> None:
        """Read what is there of *batch*, and what follows it."""
        first: dict[int, int] = {}
        for letter in batch:
            place = letter.record.partition
            first[place] = min(letter.record.offset, first.get(place, letter.record.offset))

        def enough(found: Sequence[letters.Letter]) -> bool:
            return all(any(one.partition == p and one.offset < at for one in found) for p, at in first.items())

        with letters.opened(self.bootstrap_servers) as consumer:
            found = letters.tail(consumer, self.name, enough)
        self.known.update((one.partition, one.offset) for one in found)
        self.since |= {place: min(at, self.since.get(place, at)) for place, at in first.items()}
        self.number = max(self.number, found[-1].number if found else 0)


def by_topic(batch: Sequence[DeadLetter]) -> dict[str, list[DeadLetter]]:
    """Return the letters by the dead-letter topic that they belong in."""
    topics: defaultdict[str, list[DeadLetter]] = defaultdict(list)
    for letter in batch:
        topics[letter.record.topic + DEAD_LETTER].append(letter)
    return topics
