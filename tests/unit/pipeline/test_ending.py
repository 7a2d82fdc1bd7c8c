"""What a run of the pipeline reports at its end; tests/integration/test_pipeline_end.py reads it from a shell."""

from __future__ import annotations

import pytest

from lakestand.lake.names import TableName
from lakestand.pipeline import ending
from tests.unit import plain
from tests.unit.stand.toy import free_port


@pytest.mark.parametrize(
    ("dead_letters", "text"),
    [
        ({"a.dead-letter": 1}, "1 record is no change event and went to a.dead-letter with its reason"),
        (
            {"a.dead-letter": 1200},
            "1,200 records are no change events and went to a.dead-letter, each with its reason",
        ),
        (
            {"a.dead-letter": 2, "b.dead-letter": 1},
            "3 records are no change events and went to a.dead-letter (2), b.dead-letter (1), each with its reason",
        ),
    ],
    ids=["one", "many", "of two topics"],
)
def test_records_that_were_put_aside_are_counted_by_topic(dead_letters: dict[str, int], text: str) -> None:
    end = ending.examine(plain.settings(connect_port=free_port()), ["a", "b"], dead_letters, {}, {})

    assert end.missing == [text]
    assert str(end) == f"not all is in the tables: {text}"


def test_where_connect_does_not_answer_nothing_is_missing() -> None:
    end = ending.examine(plain.settings(connect_port=free_port()), ["a"], {}, {}, {})

    assert (end.missing, end.notes) == ([], ["Kafka Connect does not answer: its connectors were not looked at"])


def test_columns_whose_old_values_no_event_tells_are_missing_with_the_command_that_brings_them() -> None:
    unknown = {TableName("public", "orders"): ["price", "note"]}

    end = ending.examine(plain.settings(connect_port=free_port()), ["a"], {}, {}, unknown)

    (missing,) = end.missing
    assert missing == (
        "public.orders: its rows from before price, note came may have values there that no event tells, and are null "
        "in the mirror: invoke reconcile --repair --table public.orders"
    )
