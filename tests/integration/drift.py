"""What must hold when a database is compared with its mirrors, whichever the sink."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import ClassVar

import pytest

from lakestand.settings import Settings
from tests.fixtures.mirrored import COLUMNS, COUNT, COUNTS, DRIFT, FROM, NOTHING, filled_road, plant, write
from tests.fixtures.road import Road, road


class Drift:
    """Tests of drift, which a class for each sink inherits."""

    sink: ClassVar[str]

    @pytest.fixture(scope="class", params=FROM)
    @classmethod
    def filled(cls, request: pytest.FixtureRequest, settings: Settings) -> Iterator[Road]:
        """Yield a road that has carried its rows, and whose mirror a test may rewrite."""
        with filled_road(settings, request.param, cls.sink) as filled:
            yield filled

    @pytest.fixture
    def mirrored(self, filled: Road) -> Iterator[Road]:
        """Return the filled road, and restore its mirror afterwards."""
        before = filled.mirror()
        yield filled
        write(filled, before)

    def test_a_mirror_that_the_pipeline_filled_is_equal(self, filled: Road) -> None:
        difference = filled.compare().difference

        assert asdict(difference) == NOTHING | {name: getattr(difference, name) for name in COUNTS}
        assert (difference.source_rows, difference.mirror_rows, difference.equal) == (COUNT, COUNT, True)

    @pytest.mark.parametrize("kind", DRIFT)
    def test_planted_drift_is_found_and_nothing_else(self, mirrored: Road, kind: str) -> None:
        drifted, expected = DRIFT[kind]
        rows = sorted(mirrored.mirror().to_pylist(), key=lambda r: r["id"])
        plant(mirrored, drifted(rows))
        compared = mirrored.compare()

        assert not compared.equal
        assert {k: v for k, v in asdict(compared.difference).items() if k not in COUNTS} == NOTHING | expected
        assert (compared.difference.source_rows, compared.difference.mirror_rows) == (COUNT, len(drifted(rows)))

    def test_a_replay_changes_nothing_that_the_comparison_sees(self, filled: Road) -> None:
        before, versions = filled.compare().difference, filled.versions()
        filled.replay()

        assert filled.versions() == versions
        assert filled.compare().difference == before

    def test_the_source_is_seen_at_one_instant(self, filled: Road) -> None:
        schema = filled.mirror().schema
        with filled.source.view(filled.table, schema) as view:
            filled.source.execute(f"INSERT INTO {filled.table} (id) VALUES (1000)")
            rows = sum(chunk.num_rows for chunk in view.chunks)
        filled.source.execute(f"DELETE FROM {filled.table} WHERE id = 1000")

        assert (view.rows, rows) == (COUNT, COUNT)
        assert view.at.startswith(("LSN 0/", "GTID "))

    def test_the_mirror_is_compared_at_the_version_that_is_reported(self, filled: Road) -> None:
        version = filled.compare().mirror_at

        assert version == filled.versions()[0]

    def test_a_column_that_no_event_has_brought_yet_is_reported(self, filled: Road) -> None:
        filled.source.execute(f"ALTER TABLE {filled.table} ADD COLUMN added INT")
        added = filled.compare()
        filled.source.execute(f"ALTER TABLE {filled.table} DROP COLUMN added")

        assert (added.unmirrored, added.dropped, added.equal, added.difference.equal) == (["added"], [], False, True)
        assert filled.compare().equal

    def test_without_a_mirror_every_row_is_missing(self, settings: Settings, filled: Road) -> None:
        with road(settings, filled.config.database, self.sink, COLUMNS) as route:
            route.source.execute(f"INSERT INTO {route.table} (id) VALUES (1), (2)")
            comparison = route.compare()

        assert (comparison.mirror_at, comparison.equal) == ("no table", False)
        assert (comparison.difference.missing_rows, comparison.difference.missing) == (2, [("1",), ("2",)])
