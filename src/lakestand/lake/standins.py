"""Values of a source that no column of a lake can hold, and what stands in their place: one rule for all formats.

Everything is within the years 1 to 9999, which Python's own dates have too, and keeps the order of the values.
docs/values.md is for users.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

Choice = Literal["stand-in", "null", "text", "refuse"]
# Called with a reason and the number of values that have one.
OnStandIns = Callable[[str, int], None]

INFINITY, NEGATIVE_INFINITY = "infinity", "-infinity"
LATE, EARLY, END_OF_DAY = "after year 9999", "before year 1", "24:00:00"
NOT_A_NUMBER, MANY_DIMENSIONS = "NaN or Infinity", "of more than one dimension"

DAY = dt.timedelta(days=1)
EPOCH = dt.date(1970, 1, 1)
MIDNIGHT = 86_400_000_000  # microseconds in a day
FIRST_DAY, LAST_DAY = (dt.date.min - EPOCH) // DAY, (dt.date.max - EPOCH) // DAY
FIRST, LAST = FIRST_DAY * MIDNIGHT, (LAST_DAY + 1) * MIDNIGHT - 1


def ignore(_reason: str, _count: int) -> None:
    """Do nothing: for whoever does not count."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """The numbers that a type can hold.

    Attributes:
        first, last: its ends, which stand in for what is beyond them.
        reasons: for numbers of their own, as a source's infinities.
    """

    first: int
    last: int
    reasons: Mapping[int, str]
    below: str = EARLY
    above: str = LATE

    def fit(self, numbers: pa.Array, choice: Choice, on_stand_ins: OnStandIns) -> pa.Array:
        """Return *numbers* with those beyond the range replaced by its ends, or by null where that is the choice."""
        ends = pc.min_max(numbers)
        least, greatest = ends["min"].as_py(), ends["max"].as_py()
        if least is None or (least >= self.first and greatest <= self.last):
            return numbers
        low, high = pc.less(numbers, self.first), pc.greater(numbers, self.last)
        for number in pc.unique(numbers.filter(pc.or_(low, high))).to_pylist():
            reason = self.reasons.get(number, self.below if number < self.first else self.above)
            on_stand_ins(reason, pc.sum(pc.equal(numbers, number)).as_py())
        if choice == "null":
            return pc.if_else(pc.or_(low, high), pa.scalar(None, numbers.type), numbers)
        return pc.if_else(
            low, pa.scalar(self.first, numbers.type), pc.if_else(high, pa.scalar(self.last, numbers.type), numbers)
        )


DAYS = Range(first=FIRST_DAY, last=LAST_DAY, reasons={2**31 - 1: INFINITY, -(2**31): NEGATIVE_INFINITY})
MICROSECONDS = Range(first=FIRST, last=LAST, reasons={2**63 - 1: INFINITY, -(2**63): NEGATIVE_INFINITY})
TIME_OF_DAY = Range(first=0, last=MIDNIGHT - 1, reasons={MIDNIGHT: END_OF_DAY})
