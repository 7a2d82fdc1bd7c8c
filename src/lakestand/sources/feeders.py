"""The connectors that write a pipeline's topics: who they are, and why one of them does not run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lakestand.clients import kafka, letters
from lakestand.settings import Settings
from lakestand.sources.connect import DebeziumClient, root_cause


@dataclass(frozen=True, kw_only=True)
class Feeder:
    """A connector that writes some topics.

    Attributes:
        name: the connector's.
        prefix: what the names of its topics begin with, before a dot.
        state: RUNNING where it and all its tasks are, of which there is one at least; FAILED where one of them is.
        cause: why it FAILED: the root cause of the first trace.
    """

    name: str
    prefix: str
    state: str
    cause: str


def feeders(settings: Settings, topics: Sequence[str]) -> dict[str, Feeder | None]:
    """Return each topic's connector, None where there is none; ServiceError when Kafka Connect does not answer."""
    connectors = DebeziumClient(settings.connect_url).describe_connectors()
    known = [_feeder(name, answer) for name, answer in connectors.items() if "topic.prefix" in answer["info"]["config"]]
    return {topic: find_feeder(known, topic) for topic in topics}


def put_aside(settings: Settings, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return for each connector of *names* how many of its records pipelines put aside, by dead-letter topic.

    ServiceError when Kafka Connect or Kafka does not answer.
    """
    own = [topic.name for topic in kafka.topic_sizes(settings) if topic.name.endswith(kafka.DEAD_LETTER)]
    if not own:
        return {name: {} for name in names}
    writers = feeders(settings, own)
    counts = letters.counts(settings.bootstrap_servers, [topic.removesuffix(kafka.DEAD_LETTER) for topic in own])
    return {
        name: {t: n for t, n in counts.items() if (writer := writers[t]) is not None and writer.name == name}
        for name in names
    }


def find_feeder(known: Sequence[Feeder], topic: str) -> Feeder | None:
    """Return the one of *known* that writes *topic*: of prefixes shop and shop.eu, the second for shop.eu.public.t."""
    candidates = [feeder for feeder in known if topic.startswith(f"{feeder.prefix}.")]
    return max(candidates, key=lambda feeder: len(feeder.prefix), default=None)


def _feeder(name: str, described: Mapping[str, Any]) -> Feeder:
    status = described["status"]
    parts = [status["connector"], *status["tasks"]]
    failed = [part for part in parts if part["state"] == "FAILED"]
    others = [part["state"] for part in parts if part["state"] != "RUNNING"]
    state = "FAILED" if failed else others[0] if others else "RUNNING" if status["tasks"] else "UNASSIGNED"
    why = root_cause(failed[0].get("trace", "")) if failed else ""
    return Feeder(name=name, prefix=described["info"]["config"]["topic.prefix"], state=state, cause=why)
