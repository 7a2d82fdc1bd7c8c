"""What must hold on the way from a database to Iceberg: every type, many rows, and what a replay or a crash leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.e2e import bulk, types
from tests.e2e.started import Start, Started
from tests.e2e.types import Typed
from tests.fixtures.road import Road


class ToIceberg(Started):
    """Tests that a class for each *database* inherits; *types* are the types of its columns."""

    sink = "iceberg"
    types: ClassVar[tuple[Typed, ...]]

    @classmethod
    def starts(cls) -> dict[str, Start]:
        """Return the tables, of which all but one begin with many rows."""
        many = (bulk.COLUMNS, bulk.load)
        typed = (types.columns(cls.types), lambda road: types.insert(road, cls.types, 1))
        return {"types": typed, "many": many, "replay": many, "crash": many}

    def test_every_type_holds_its_value_by_snapshot_and_by_stream(self, roads: Mapping[str, Road]) -> None:
        road = roads["types"]
        types.insert(road, self.types, 3)
        road.carry(4)

        assert types.read_values(road, self.types) == types.expected_values(self.types)
        assert road.compare().equal

    def test_many_rows_with_updates_and_deletes_are_all_there(self, roads: Mapping[str, Road]) -> None:
        road = roads["many"]
        ops = bulk.apply_changes(road)
        road.carry(len(ops))
        rows, _ = bulk.changed_rows()

        assert bulk.read_mirror(road) == rows
        assert road.ops() == ops
        difference = road.compare().difference
        assert difference.equal
        assert (difference.source_rows, difference.mirror_rows, difference.source_hash) == (
            len(rows),
            len(rows),
            difference.mirror_hash,
        )

    def test_a_replay_of_the_whole_topic_changes_neither_table(self, roads: Mapping[str, Road]) -> None:
        road = roads["replay"]
        road.carry(len(bulk.apply_changes(road)))
        before = road.versions()
        road.replay()

        assert road.versions() == before
        assert road.compare().equal

    def test_a_crash_amid_many_changes_loses_and_doubles_nothing(self, roads: Mapping[str, Road]) -> None:
        road = roads["crash"]
        ops = bulk.apply_changes(road)

        assert road.crash() == -9
        road.finish(len(ops))

        assert road.ops() == ops
        assert bulk.read_mirror(road) == bulk.changed_rows()[0]
