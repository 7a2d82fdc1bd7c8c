"""The topics that a pipeline carries: by name, by pattern, and by the connectors that write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lakestand.clients import kafka
from lakestand.errors import BadArgument
from lakestand.settings import Settings
from lakestand.sources import includes
from lakestand.sources.connect import DebeziumClient

WILD = "*?["
# What Debezium writes beside the changes of tables.
NO_TABLES = ("transaction", "message")


@dataclass(frozen=True)
class Selection:
    """Topics by their *names*, in which * and ? may stand, and those of *connectors*."""

    settings: Settings
    names: Sequence[str]
    connectors: Sequence[str] = ()

    @property
    def grows(self) -> bool:
        """Whether topics may belong to it that come later."""
        return bool(self.connectors or self._patterns())

    def topics(self) -> list[str]:
        """Return the topics that belong to it now, and those that are named whether they exist or not.

        Raises:
            BadArgument: when there is no such connector, or no topic to a pattern.
            ServiceError: when Kafka or Kafka Connect does not answer.
        """
        plain = [name for name in self.names if name not in self._patterns()]
        if not self.grows:
            return plain
        known = [name for name in kafka.topic_names(self.settings) if not name.endswith(kafka.DEAD_LETTER)]
        return list(dict.fromkeys([*plain, *self._matching(known), *self._of_connectors(known)]))

    def _patterns(self) -> list[str]:
        return [name for name in self.names if any(mark in name for mark in WILD)]

    def _matching(self, known: Sequence[str]) -> Iterator[str]:
        for pattern in self._patterns():
            topics = [name for name in known if fnmatchcase(name, pattern) and not name.startswith("__")]
            if not topics:
                raise BadArgument(f"no topic is like {pattern}: invoke topics.list")
            yield from topics

    def _of_connectors(self, known: Sequence[str]) -> Iterator[str]:
        if not self.connectors:
            return
        answers = DebeziumClient(self.settings.connect_url).describe_connectors()
        configs = {name: answer["info"]["config"] for name, answer in answers.items()}
        prefixes = [config.get("topic.prefix", "") for config in configs.values()]
        for name in self.connectors:
            if name not in configs:
                raise BadArgument(f"no connector {name}; there are: {', '.join(sorted(configs)) or 'none'}")
            yield from (topic for topic in known if writes(configs[name], topic, prefixes))


def writes(config: Mapping[str, str], topic: str, prefixes: Sequence[str]) -> bool:
    """Return whether a connector with this stored configuration writes a table's changes to *topic*.

    Of connectors with the prefixes shop and shop.eu, which are among *prefixes*, the second writes shop.eu.public.t.
    """
    prefix, tables = config.get("topic.prefix", ""), config.get("table.include.list", "")
    if not prefix or not topic.startswith(f"{prefix}."):
        return False
    if includes.CASE in tables:
        return topic in {includes.topic(prefix, table) for table in includes.listed(tables)}
    if any(len(other) > len(prefix) and topic.startswith(f"{other}.") for other in prefixes):
        return False
    rest = topic.removeprefix(f"{prefix}.")
    return includes.includes(tables, rest) if tables else rest not in NO_TABLES
