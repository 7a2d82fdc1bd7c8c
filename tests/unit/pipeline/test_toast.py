"""Large values that were left out of an event are taken from an earlier one, or from the table."""

from __future__ import annotations

import pytest

from lakestand.pipeline.batch import fold
from lakestand.pipeline.decode import Record
from lakestand.pipeline.toast import TEXT
from tests.unit.pipeline.envelopes import change, decoded

CASES: dict[str, tuple[list[Record], list[str | None], dict[str, list[int]]]] = {
    "an earlier event knows": ([change(0, "u", 1, "x"), change(1, "u", 1, TEXT)], ["x"], {}),
    "only the table knows": ([change(0, "u", 1, TEXT)], [None], {"name": [0]}),
    "a later event knows": ([change(0, "u", 1, TEXT), change(1, "u", 1, "y")], ["y"], {}),
    "null is a value": ([change(0, "u", 1, None), change(1, "u", 1, TEXT)], [None], {}),
    "another key knows nothing": (
        [change(0, "u", 2, "x"), change(1, "u", 1, TEXT)],
        ["x", None],
        {"name": [1]},
    ),
    "a deleted row is forgotten": (
        [change(0, "u", 1, "x"), change(1, "d", 1), change(2, "u", 1, TEXT)],
        [None],
        {"name": [0]},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_left_out_value_is_taken_from(case: str) -> None:
    records, names, unknown = CASES[case]
    events = decoded(records)

    batch = fold(events, events.rows)

    assert batch.upserts["name"].to_pylist() == names
    assert batch.unknown == unknown
