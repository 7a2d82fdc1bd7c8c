"""What must hold on the way from a database to Iceberg: every type, many rows, and what a replay or a crash leaves."""

from __future__ import annotations

from typing import ClassVar

import pytest

from tests.e2e import bulk, types
from tests.e2e.conftest import MakeRoad
from tests.e2e.types import Typed
from tests.fixtures.road import Road


class ToIceberg:
    """A class for each *database* inherits these; *types* are its own."""

    database: ClassVar[str]
    types: ClassVar[tuple[Typed, ...]]

    @pytest.fixture
    def road(self, make_road: MakeRoad) -> Road:
        """A road over the table of the bulk."""
        return make_road(self.database, "iceberg", bulk.COLUMNS)

    def test_every_type_holds_its_value_by_snapshot_and_by_stream(self, make_road: MakeRoad) -> None:
        road = make_road(self.database, "iceberg", types.columns(self.types))
        types.carry(road, self.types)

        assert types.found(road, self.types) == types.wanted(self.types)
        assert road.compare().equal

    def test_many_rows_with_updates_and_deletes_are_all_there(self, road: Road) -> None:
        loaded = bulk.load(road)
        road.register()
        changed = bulk.change(road)
        road.carry(len(loaded + changed))
        rows, _ = bulk.result()

        assert bulk.mirrored(road) == rows
        assert road.ops() == loaded + changed
        found = road.compare().found
        assert found.equal
        assert (found.source_rows, found.mirror_rows, found.source_hash) == (len(rows), len(rows), found.mirror_hash)

    def test_a_replay_of_the_whole_topic_changes_neither_table(self, road: Road) -> None:
        events = len(bulk.load(road))
        road.register()
        events += len(bulk.change(road))
        road.carry(events)
        before = road.versions()
        road.replay()

        assert road.versions() == before
        assert road.compare().equal

    def test_a_crash_amid_many_changes_loses_and_doubles_nothing(self, road: Road) -> None:
        loaded = bulk.load(road)
        road.register()
        changed = bulk.change(road)

        assert road.crash() == -9
        road.finish(len(loaded + changed))

        assert road.ops() == loaded + changed
        assert bulk.mirrored(road) == bulk.result()[0]
