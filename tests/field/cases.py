"""All cases of the field, of every file of data."""

from __future__ import annotations

from tests.field import changes

CASES = (*changes.CASES,)
