"""Topics that come while a pipeline runs: looked for now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from confluent_kafka.admin import AdminClient

from lakestand.errors import LakestandError
from lakestand.pipeline import topics as kafka

LOOK_SECONDS = 3.0


@dataclass
class Arrivals:
    """Notices the topics that *more_topics* names and that were not there before; none without that."""

    admin: AdminClient
    more_topics: Callable[[], Collection[str]] | None
    known: set[str]
    _looked_at: float = field(default_factory=time.monotonic)

    def new(self) -> list[kafka.TopicDescription]:
        """Describe the topics that are not *known*, which they are from then on, even when they go and come again.

        Kafka and Connect are asked every LOOK_SECONDS at most.
        """
        if self.more_topics is None or time.monotonic() - self._looked_at < LOOK_SECONDS:
            return []
        self._looked_at = time.monotonic()
        try:
            names = [name for name in self.more_topics() if name not in self.known]
            topics = kafka.describe(self.admin, names) if names else {}
        except LakestandError:
            return []  # one of them does not answer: it is asked again
        self.known.update(topics)
        return list(topics.values())
