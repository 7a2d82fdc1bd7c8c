"""What goes wrong in a run of a pipeline and does not end it: dead letters and warnings, on either engine."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lakestand.clients import letters
from lakestand.lake.names import TableName
from lakestand.pipeline.dead_letters import Outbox, by_topic
from lakestand.pipeline.decoding.payloads import DeadLetter

logger = logging.getLogger(__name__)


@dataclass
class Incidents:
    """The number of dead letters and the warnings of one run.

    Attributes:
        bootstrap_servers: where the dead letters are sent.
        dead_letters: how many records could not be decoded, by the dead-letter topic that holds them; those that
            earlier runs put aside too, once `count_earlier` has counted them.
        stand_ins: how many values that were read no table can hold, by topic, column and reason.
        unknown: columns that were added to source tables, and whose values in the rows that existed no event tells.
        warnings: every different warning, in order; each was logged once.
    """

    bootstrap_servers: str = ""
    dead_letters: Counter[str] = field(default_factory=Counter)
    stand_ins: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    unknown: dict[TableName, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    _outboxes: dict[str, Outbox] = field(default_factory=dict)

    def count_earlier(self, topics: Iterable[str]) -> None:
        """Count what earlier runs put aside of *topics*: it is missing in the tables as well."""
        self.dead_letters.update(letters.counts(self.bootstrap_servers, topics))

    def set_aside(self, batch: Sequence[DeadLetter]) -> None:
        """Send those of *batch* to their dead-letter topics that are not there yet, count them, and warn.

        PipelineError when Kafka refuses.
        """
        for name, ours in by_topic(batch).items():
            outbox = self._outboxes.setdefault(name, Outbox(self.bootstrap_servers, name))
            if new := outbox.send(ours):
                self.dead_letters[name] += len(new)
                self.warn(f"{len(new)} records are no change events and went to {name}: {new[0].error}")

    def count_stand_ins(self, topic: str, values: Mapping[tuple[str, str], int]) -> None:
        """Add *values* of *topic*, by column and reason."""
        self.stand_ins.update({(topic, column, reason): count for (column, reason), count in values.items()})

    def note_unknown(self, table: TableName, columns: Sequence[str]) -> None:
        """Keep that *columns* are new in *table*, and not null in the rows that exist there."""
        known = self.unknown.setdefault(table, [])
        known += [column for column in columns if column not in known]

    def warn_keyless(self, topic: str) -> None:
        """Warn that the table of *topic* cannot have a mirror."""
        self.warn(f"{topic} has no primary key: it gets a changelog and no mirror")

    def warn(self, text: str) -> None:
        """Log *text* as a warning, unless that was done before."""
        if text not in self.warnings:
            self.warnings.append(text)
            logger.warning(text)
