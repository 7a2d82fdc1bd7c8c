"""Records of measurements: kept as they were taken, read back the same, refused when they are none."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from lakestand.errors import BadRecord, ServiceError
from lakestand.measure import record
from lakestand.measure.record import Record, Series, Session

WAITS = Series(name="lag.1.kafka", title="commit → Kafka", unit="ms", samples=tuple(map(float, range(1, 101))))


def made(began: str = "2026-01-02T03:04:05+00:00", **more: object) -> Record:
    session = Session(name="lag", command="nox -s lag", began=began)
    session.add(WAITS.name, WAITS.title, WAITS.unit, *WAITS.samples)
    session.add("lag.nothing", "nothing", "ms")
    return replace(session.record(), **more)  # type: ignore[arg-type]


def test_what_is_saved_is_read_back_the_same(tmp_path: Path) -> None:
    kept = made(parameters={"rates": [1]}, missing={"lag.2": "not asked for"})

    assert record.load(record.save(kept, tmp_path)) == kept


def test_a_series_without_samples_is_left_out() -> None:
    assert made().series == (WAITS,)


def test_what_failed_is_named_with_its_reason_and_the_rest_is_kept(tmp_path: Path) -> None:
    session = Session(name="lag", command="nox -s lag")
    with session.attempt("lag.1"):
        raise ServiceError("Connect is away")
    with session.attempt("lag.2"):
        session.add(WAITS.name, WAITS.title, WAITS.unit, *WAITS.samples)
    found = record.load(record.save(session.record(missing={"lag.3": "not asked for"}), tmp_path))

    assert found.series == (WAITS,)
    assert found.missing == {"lag.3": "not asked for", "lag.1": "Connect is away"}
    assert found.failed == ("lag.1",)


def test_a_mistake_in_the_measurement_itself_is_not_kept_as_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), Session(name="lag", command="nox -s lag").attempt("lag.1"):
        _ = 1 / 0


def test_a_record_names_its_machine() -> None:
    machine = made().machine

    assert machine.cores >= 1
    assert machine.memory_mb > 256
    assert re.fullmatch(r"3\.\d+\.\d+\S*", machine.python)
    assert 0.5 < machine.loop_ms < 5_000


def test_a_record_from_before_the_loop_was_measured_is_read(tmp_path: Path) -> None:
    path = record.save(made(), tmp_path)
    old = orjson.loads(path.read_bytes())
    del old["machine"]["loop_ms"]
    path.write_bytes(orjson.dumps(old))

    assert record.load(path).machine.loop_ms == 0


def test_percentiles_are_those_of_the_samples() -> None:
    assert record.series_table([WAITS]) == [
        {
            "what": "commit → Kafka",
            "unit": "ms",
            "n": 100,
            "min": 1.0,
            "p50": 50.5,
            "p95": 95.0,
            "p99": 99.0,
            "max": 100,
        }
    ]


def test_the_newest_record_of_a_session_is_its_latest(tmp_path: Path) -> None:
    new, old = made("2026-01-02T03:04:06+00:00"), made("2026-01-02T03:04:05+00:00")
    for each in (new, old):
        record.save(each, tmp_path)

    assert record.load_latest(tmp_path) == {"lag": new}


def test_a_record_of_another_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = record.save(made(), tmp_path)
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | {"schema": 99}))

    with pytest.raises(
        BadRecord, match=r"lag-20260102T030405\.json has schema 99, this version reads 1: measure again"
    ):
        record.load(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 1}', "no JSON"])
def test_a_file_that_is_no_record_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lag-1.json"
    path.write_text(text)

    with pytest.raises(BadRecord, match=r"lag-1\.json is no record of a measurement"):
        record.load(path)
