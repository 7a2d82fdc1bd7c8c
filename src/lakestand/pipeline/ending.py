"""How a pipeline has ended: what should be in its tables and is elsewhere, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lakestand.errors import ServiceError
from lakestand.lake.names import TableName
from lakestand.settings import Settings
from lakestand.sources.feeders import Feeder, feeders


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How complete the tables are.

    Attributes:
        missing: what should be in the tables and is not, and where it is; the command that helps, if there is one.
        notes: what a reader may want to know beside it; nothing of it is wrong.
    """

    missing: Sequence[str]
    notes: Sequence[str]

    def __str__(self) -> str:
        return f"not all is in the tables: {'; '.join(self.missing)}"


def examine(
    settings: Settings,
    topics: Sequence[str],
    dead_letters: Mapping[str, int],
    stand_ins: Mapping[tuple[str, str, str], int],
    unknown: Mapping[TableName, Sequence[str]],
) -> Ending:
    """Return how a pipeline has ended that carried *topics*.

    Connectors are looked at where Kafka Connect runs; where it does not, a note says so.

    Args:
        settings: of the stand.
        topics: that were carried.
        dead_letters: how many records were put aside, by topic.
        stand_ins: how many values no table can hold, by topic, column and reason.
        unknown: columns that are new in a source table, and not null in its old rows.
    """
    incomplete = [*_put_aside(dead_letters), *(_unknown(table, columns) for table, columns in unknown.items())]
    replaced = [_replaced(*place, count, settings) for place, count in stand_ins.items()]
    try:
        topic_feeders = feeders(settings, topics)
    except ServiceError:
        unasked = ["Kafka Connect does not answer: its connectors were not looked at"]
        return Ending(missing=incomplete, notes=replaced + unasked)
    connectors = list(dict.fromkeys(feeder for feeder in topic_feeders.values() if feeder))
    nobodys = [topic for topic, feeder in topic_feeders.items() if feeder is None]
    return Ending(
        missing=[*incomplete, *(_failure(feeder) for feeder in connectors if feeder.state == "FAILED")],
        notes=[
            *replaced,
            *(_rest(feeder) for feeder in connectors if feeder.state not in {"RUNNING", "FAILED"}),
            *([f"no connector writes {', '.join(nobodys)}"] if nobodys else []),
        ],
    )


def _put_aside(dead_letters: Mapping[str, int]) -> Iterator[str]:
    count, where = sum(dead_letters.values()), list(dead_letters)
    if count == 1:
        yield f"1 record is no change event and went to {where[0]} with its reason"
    elif count:
        places = where if len(where) == 1 else [f"{topic} ({dead_letters[topic]:,})" for topic in where]
        yield f"{count:,} records are no change events and went to {', '.join(places)}, each with its reason"


def _unknown(table: TableName, columns: Sequence[str]) -> str:
    return (
        f"{table}: its rows from before {', '.join(columns)} came may have values there that no event tells, and are "
        f"null in the mirror: invoke reconcile --repair --table {table}"
    )


def _replaced(topic: str, column: str, reason: str, count: int, settings: Settings) -> str:
    values = "1 value is" if count == 1 else f"{count:,} values are"
    place = f"{topic.partition('.')[2]}.{column}"
    becomes = "null" if settings.unrepresentable == "null" else "its stand-in"
    return (
        f"{place}: {values} {reason}, which the tables' type cannot hold, and became {becomes}: docs/values.md; "
        "LAKESTAND_UNREPRESENTABLE chooses"
    )


def _failure(feeder: Feeder) -> str:
    return f"connector {feeder.name} FAILED: {feeder.cause.rstrip('.')}; invoke connectors.restart {feeder.name}"


def _rest(feeder: Feeder) -> str:
    state = f"connector {feeder.name} is {feeder.state}"
    return f"{state}, its topics do not grow: invoke connectors.status --name {feeder.name}"
