"""What goes wrong in a run of a pipeline and does not end it: dead letters and warnings, on either engine."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lakestand.clients.kafka import DEAD_LETTER
from lakestand.pipeline import dead_letters
from lakestand.pipeline.decoding.payloads import DeadLetter

logger = logging.getLogger(__name__)


@dataclass
class Incidents:
    """The number of dead letters and the warnings of one run.

    Attributes:
        bootstrap_servers: where the dead letters are sent.
        dead_letters: how many records could not be decoded, by the dead-letter topic they went to.
        stand_ins: how many values that were read no table can hold, by topic, column and reason.
        warnings: every different warning, in order; each was logged once.
    """

    bootstrap_servers: str
    dead_letters: Counter[str] = field(default_factory=Counter)
    stand_ins: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)

    def set_aside(self, letters: Sequence[DeadLetter]) -> None:
        """Send *letters* to their dead-letter topics, count them, and warn; PipelineError when Kafka refuses."""
        if letters:
            self.dead_letters.update(letter.record.topic + DEAD_LETTER for letter in letters)
            dead_letters.send(self.bootstrap_servers, letters)
            topic, error = letters[0].record.topic, letters[0].error
            self.warn(f"{len(letters)} records are no change events and went to {topic}{DEAD_LETTER}: {error}")

    def count_stand_ins(self, topic: str, values: Mapping[tuple[str, str], int]) -> None:
        """Add *values* of *topic*, by column and reason."""
        self.stand_ins.update({(topic, column, reason): count for (column, reason), count in values.items()})

    def warn_keyless(self, topic: str) -> None:
        """Warn that the table of *topic* cannot have a mirror."""
        self.warn(f"{topic} has no primary key: it gets a changelog and no mirror")

    def warn(self, text: str) -> None:
        """Log *text* as a warning, unless that was done before."""
        if text not in self.warnings:
            self.warnings.append(text)
            logger.warning(text)
