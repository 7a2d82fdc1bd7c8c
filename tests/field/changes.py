"""Tables whose columns, keys and names change while they are captured."""

from __future__ import annotations

from tests.field.case import Case

CASES: tuple[Case, ...] = ()
