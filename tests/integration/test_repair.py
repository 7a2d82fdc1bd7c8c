"""`reconcile --repair` makes drifted mirrors equal to their sources again, while changes go on."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import Any

import pytest

from lakestand.settings import Settings
from tests.fixtures.mirrored import COUNT, FROM, changed_in_two, extra, filled_road, missing, plant, repeated
from tests.fixtures.road import ROOT, SERVICES, Road

pytestmark = pytest.mark.services(*SERVICES)


def reconcile(road: Road, *options: str) -> tuple[int, dict[str, Any]]:
    """Run the command for the road's table, and return its exit code and what it printed as JSON."""
    where = ("--table", road.table, "--source", road.config.database, "--namespace", road.namespace)
    argv = [sys.executable, "-m", "invoke", "reconcile", *where, "--sink", road.sink_kind, *options, "--json"]
    done = subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("database", FROM)
@pytest.mark.parametrize("sink", ["iceberg", "delta"])
def test_missing_extra_changed_and_repeated_rows_are_repaired_at_once(
    settings: Settings, database: str, sink: str
) -> None:
    with filled_road(settings, database, sink) as road:
        drifted = road.mirror().to_pylist()
        for drift in (missing, extra, changed_in_two, repeated):
            drifted = drift(drifted)
        plant(road, drifted)
        assert not road.compare().equal

        code, answer = reconcile(road, "--repair")

        assert (code, answer["equal"]) == (0, True), answer
        assert road.compare().equal


def test_a_dry_run_names_the_rows_and_changes_nothing(settings: Settings) -> None:
    with filled_road(settings, "postgres", "delta") as road:
        good = road.mirror().to_pylist()
        plant(road, [*good[3:], good[3] | {"id": 1000}])
        before = road.versions()

        code, answer = reconcile(road, "--repair", "--dry-run")

        (repair,) = answer["repairs"]
        assert (code, repair["read_again"], repair["delete"]) == (1, 3, {"delta": 1})
        assert road.versions() == before


def test_the_changelog_notes_a_repaired_deletion_without_an_offset_and_a_row_that_was_read_again(
    settings: Settings,
) -> None:
    with filled_road(settings, "postgres", "iceberg") as road:
        good = road.mirror().to_pylist()
        plant(road, [*good[1:], good[1] | {"id": 1000}])
        reconcile(road, "--repair")

        table = road.sink.existing(f"{road.name}_changelog")
        assert table is not None
        rows = sorted(table.read().to_pylist(), key=lambda r: r["_offset"] or 0)
        assert [(r["_op"], r["before"]["id"]) for r in rows if r["_offset"] is None] == [("d", 1000)]
        assert [(r["_op"], r["after"]["id"]) for r in rows if r["_offset"]][COUNT - 1 :] == [("r", 0)]


def test_changes_that_happen_meanwhile_win(settings: Settings) -> None:
    with filled_road(settings, "postgres", "iceberg") as road:
        good = road.mirror().to_pylist()
        plant(road, [*good[50:], *(row | {"id": row["id"] + 1000} for row in good[:50])])
        writing, ended = threading.Event(), threading.Event()

        def write() -> None:
            n = 0
            while not ended.is_set():
                n += 1
                road.source.execute(f"UPDATE {road.table} SET amount = {n} WHERE id = {n % COUNT}")
                row = f"({1000 + n % 50}, 'again', 1, NULL)"
                road.source.execute(
                    f"INSERT INTO {road.table} VALUES {row} ON CONFLICT (id) DO UPDATE SET amount = {n}"
                )
                writing.set()

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        try:
            assert writing.wait(30)
            reconcile(road, "--repair")
        finally:
            ended.set()
            writer.join(30)
        road.finish(0)

        assert road.compare().equal
