"""A database against its mirrors: each kind of drift is planted in a real table, and exactly it is found."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import product
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from invoke import Program
from tasks import ns

from lakestand.config import ROOT
from lakestand.connectors.captured import Captured, captured
from lakestand.errors import ServiceError
from lakestand.pipeline.sinks.delta import DeltaLakeTable
from lakestand.pipeline.sinks.iceberg_table import IcebergTable
from lakestand.settings import Settings
from tests.fixtures.road import SERVICES, Road, road

pytestmark = pytest.mark.services(*SERVICES)

COLUMNS = "id INT PRIMARY KEY, name VARCHAR(20), amount DECIMAL(12, 2), seen TIMESTAMP NULL"
COUNT = 100
Row = dict[str, Any]
Rows = list[Row]
NOTHING = {
    "missing_rows": 0,
    "extra_rows": 0,
    "repeated_rows": 0,
    "changed_rows": 0,
    "missing": [],
    "extra": [],
    "repeated": [],
    "changed": {},
    "changed_first": [],
}
COUNTS = {"source_rows", "mirror_rows", "source_hash", "mirror_hash"}
FROM, TO = ("postgres", "mysql"), ("iceberg", "delta")
ONE = pytest.mark.parametrize("filled", [("postgres", "iceberg")], indirect=True, ids="-".join)


@pytest.fixture(scope="module", params=list(product(FROM, TO)), ids="-".join)
def filled(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Road]:
    """A road that has carried 100 rows; a test writes its own mirror."""
    database, sink = request.param
    with road(settings, database, sink, COLUMNS) as made:
        values = ", ".join(f"({n}, 'é😀 {n}', {n}.25, '2026-02-28 23:59:59')" for n in range(COUNT))
        made.source.execute(f"INSERT INTO {made.table} VALUES {values}")
        made.register()
        made.carry(COUNT)
        yield made


@pytest.fixture
def mirrored(filled: Road) -> Iterator[Road]:
    """The same, and afterwards the mirror is as it was."""
    before = filled.mirror()
    yield filled
    write(filled, before)


def write(road: Road, rows: pa.Table) -> None:
    """Put *rows* in the place of the mirror's."""
    match road.sink.existing(road.name):
        case IcebergTable(table=iceberg):
            iceberg.overwrite(rows)
        case DeltaLakeTable(table=delta):
            write_deltalake(delta, rows, mode="overwrite")


def plant(road: Road, rows: Sequence[Row]) -> None:
    """The same, from Python's values."""
    schema = road.mirror().schema
    write(road, pa.Table.from_pylist(list(rows), schema=schema))


def missing(rows: Rows) -> Rows:
    return [r for r in rows if r["id"] not in (7, 99)]


def extra(rows: Rows) -> Rows:
    return [*rows, rows[0] | {"id": 1000}, rows[0] | {"id": -1}]


def changed_in_one(rows: Rows) -> Rows:
    return [r | ({"name": None} if r["id"] == 7 else {}) for r in rows]


def changed_in_two(rows: Rows) -> Rows:
    return [r | ({"name": "é😀", "amount": r["amount"] + 1} if r["id"] in (7, 8) else {}) for r in rows]


def repeated(rows: Rows) -> Rows:
    return [*rows, rows[7]]


DRIFT = {
    "missing": (missing, {"missing_rows": 2, "missing": [(7,), (99,)]}),
    "extra": (extra, {"extra_rows": 2, "extra": [(-1,), (1000,)]}),
    "changed in one column": (
        changed_in_one,
        {"changed_rows": 1, "changed": {"name": 1}, "changed_first": [((7,), ["name"])]},
    ),
    "changed in two columns": (
        changed_in_two,
        {
            "changed_rows": 2,
            "changed": {"name": 2, "amount": 2},
            "changed_first": [((7,), ["name", "amount"]), ((8,), ["name", "amount"])],
        },
    ),
    "row twice": (repeated, {"repeated_rows": 1, "repeated": [(7,)]}),
    "all emptied": (lambda _rows: [], {"missing_rows": COUNT, "missing": [(n,) for n in range(5)]}),
}


def test_a_mirror_that_the_pipeline_filled_is_equal(filled: Road) -> None:
    found = filled.compare().found

    assert asdict(found) == NOTHING | {name: getattr(found, name) for name in COUNTS}
    assert (found.source_rows, found.mirror_rows, found.equal) == (COUNT, COUNT, True)


@pytest.mark.parametrize("kind", DRIFT)
def test_planted_drift_is_found_and_nothing_else(mirrored: Road, kind: str) -> None:
    drifted, expected = DRIFT[kind]
    rows = sorted(mirrored.mirror().to_pylist(), key=lambda r: r["id"])
    plant(mirrored, drifted(rows))
    compared = mirrored.compare()

    assert not compared.equal
    assert {k: v for k, v in asdict(compared.found).items() if k not in COUNTS} == NOTHING | expected
    assert (compared.found.source_rows, compared.found.mirror_rows) == (COUNT, len(drifted(rows)))


def test_a_replay_changes_nothing_that_the_comparison_sees(filled: Road) -> None:
    before, versions = filled.compare().found, filled.versions()
    filled.replay()

    assert filled.versions() == versions
    assert filled.compare().found == before


def test_the_source_is_seen_at_one_instant(filled: Road) -> None:
    schema = filled.mirror().schema
    with filled.source.view(filled.table, schema) as view:
        filled.source.execute(f"INSERT INTO {filled.table} (id) VALUES (1000)")
        rows = sum(chunk.num_rows for chunk in view.chunks)
    filled.source.execute(f"DELETE FROM {filled.table} WHERE id = 1000")

    assert (view.rows, rows) == (COUNT, COUNT)
    assert view.at.startswith(("LSN 0/", "GTID "))


@ONE
def test_a_source_that_goes_away_while_it_is_read_is_one_message(filled: Road) -> None:
    readers = f"state = 'idle in transaction' AND query LIKE '%{filled.name}%'"

    def read() -> None:
        with filled.source.view(filled.table, filled.mirror().schema) as view:
            filled.source.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {readers}")
            list(view.chunks)

    with pytest.raises(ServiceError, match=r"^PostgreSQL: .*does it run\? invoke status$"):
        read()


def test_the_mirror_is_seen_at_the_version_that_is_told(filled: Road) -> None:
    told = filled.compare().mirror_at

    assert told == filled.versions()[0]


def test_a_column_that_no_event_has_brought_yet_is_told(filled: Road) -> None:
    filled.source.execute(f"ALTER TABLE {filled.table} ADD COLUMN added INT")
    added = filled.compare()
    filled.source.execute(f"ALTER TABLE {filled.table} DROP COLUMN added")

    assert (added.unmirrored, added.dropped, added.equal, added.found.equal) == (["added"], [], False, True)
    assert filled.compare().equal


def test_a_column_that_the_source_dropped_is_told_and_no_drift(settings: Settings) -> None:
    with road(settings, "postgres", "iceberg", COLUMNS) as made:
        made.source.execute(f"INSERT INTO {made.table} VALUES (1, 'a', 1, NULL)")
        made.register()
        made.carry(1)
        made.source.execute(f"ALTER TABLE {made.table} DROP COLUMN amount")
        found = made.compare()

    assert (found.dropped, found.unmirrored, found.equal) == (["amount"], [], True)


@pytest.mark.parametrize(("database", "sink"), list(product(FROM, TO)))
def test_without_a_mirror_every_row_is_missing(settings: Settings, database: str, sink: str) -> None:
    with road(settings, database, sink, COLUMNS) as made:
        made.source.execute(f"INSERT INTO {made.table} (id) VALUES (1), (2)")
        found = made.compare()

    assert (found.mirror_at, found.equal) == ("no table", False)
    assert (found.found.missing_rows, found.found.missing) == (2, [("1",), ("2",)])


def test_the_tables_that_connectors_read_are_known(filled: Road) -> None:
    database = filled.config.database

    assert Captured(database, filled.table) in captured(filled.settings)
    assert Captured(database, filled.table) in captured(filled.settings, database)


Done = subprocess.CompletedProcess[str]
Command = Callable[..., Done]


def arguments(road: Road, *more: str) -> list[str]:
    """`invoke reconcile` of a road's table."""
    return ["reconcile", f"--table={road.table}", f"--sink={road.sink_kind}", f"--namespace={road.namespace}", *more]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command in this process: how it ended, and what it printed."""

    def run(road: Road, *more: str) -> Done:
        code = 0
        try:
            Program(namespace=ns).run(["invoke", *arguments(road, *more)])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(more, code, out, err)

    return run


@ONE
def test_a_shell_sees_the_difference_the_message_and_exit_code_1(mirrored: Road) -> None:
    plant(mirrored, missing(mirrored.mirror().to_pylist()))
    argv = [sys.executable, "-m", "invoke", *arguments(mirrored, "--json")]
    done = subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (1, "error: source and mirror differ\n")
    assert json.loads(done.stdout)["tables"][0]["missing"] == [[7], [99]]


def test_the_command_ends_with_0_when_all_is_equal(filled: Road, command: Command) -> None:
    done = command(filled, "--json")

    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    (table,) = told["tables"]
    assert (told["equal"], told["without_key"]) == (True, [])
    assert (table["table"], table["sink"], table["source_rows"]) == (filled.table, filled.sink_kind, COUNT)
    assert table["mirror_at"] == filled.versions()[0]


def test_the_command_tells_the_difference_as_json_and_ends_with_1(mirrored: Road, command: Command) -> None:
    rows = mirrored.mirror().to_pylist()
    plant(mirrored, changed_in_two(missing(rows)))
    done = command(mirrored, "--json")
    (table,) = json.loads(done.stdout)["tables"]

    assert (done.returncode, done.stderr) == (1, "error: source and mirror differ\n")
    assert (table["missing"], table["changed"]) == ([[7], [99]], {"name": 1, "amount": 1})
    assert (table["changed_first"], table["equal"]) == ([[[8], ["name", "amount"]]], False)


def test_the_command_shows_what_differs_to_people(mirrored: Road, command: Command) -> None:
    plant(mirrored, extra(changed_in_one(mirrored.mirror().to_pylist())))
    done = command(mirrored)

    assert (done.returncode, done.stderr) == (1, "error: source and mirror differ\n")
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[-3:] == ["extra: (-1), (1000)", "changed: name in 1", "changed: (7) in name"]


def test_the_command_needs_no_connector_for_a_table_with_its_source(filled: Road, command: Command) -> None:
    done = command(filled, f"--source={filled.config.database}")

    assert (done.returncode, done.stderr) == (0, "")


@ONE
def test_the_command_refuses_a_table_that_is_not_there(filled: Road, command: Command) -> None:
    other = Road(**{**vars(filled), "table": "shop.nowhere"})
    done = command(other, f"--source={filled.config.database}")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: no table shop.nowhere; there are: ")
    assert filled.table in done.stderr


def test_a_table_without_a_key_is_named_and_not_compared(settings: Settings, command: Command) -> None:
    with road(settings, "postgres", "delta", "n INT") as made:
        done = command(made, "--source=postgres", "--json")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"equal": True, "tables": [], "without_key": [made.table]}


def test_a_value_that_the_mirror_cannot_hold_is_one_message(settings: Settings, command: Command) -> None:
    with road(settings, "mysql", "iceberg", "id INT PRIMARY KEY, n INT") as made:
        made.source.execute(f"INSERT INTO {made.table} VALUES (1, 1)")
        made.register()
        made.carry(1)
        made.source.execute(f"ALTER TABLE {made.table} MODIFY n VARCHAR(9)")
        made.source.execute(f"UPDATE {made.table} SET n = 'one'")
        done = command(made)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {made.table} holds what no column of its mirror can: ")
    assert len(done.stderr.splitlines()) == 1
