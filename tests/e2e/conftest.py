"""Roads for the end-to-end tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from lakestand.settings import Settings
from tests.fixtures.road import Road, road

MakeRoad = Callable[[str, str, str], Road]


@pytest.fixture
def make_road(settings: Settings) -> Iterator[MakeRoad]:
    """Return a function that makes a road from a database to a sink, with a new table; it is removed afterwards."""
    with ExitStack() as stack:
        yield lambda database, sink, columns: stack.enter_context(road(settings, database, sink, columns))
