"""Test files and reports that the measurements judge."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakestand.measure.report import limits
from lakestand.measure.report.judging import STORIES
from tests.unit.measure.planted import CONFTEST, PLANTED
from tests.unit.measure.reports import (
    lag_samples,
    specified_cases,
    write_benchmarks,
    write_junit,
    write_record,
    write_runs,
)


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A test file, beside a conftest.py, with a flaky test and one that never fails."""
    path = tmp_path / "test_planted.py"
    path.write_text(PLANTED)
    path.with_name("conftest.py").write_text(CONFTEST)
    return path


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """Everything is there, and every target met."""
    for story in STORIES:
        write_junit(tmp_path, story, 50)
    write_junit(tmp_path, "unit", 50, more=specified_cases())
    write_record(tmp_path, "startup", {"runs": 5}, {"fresh": (5.0, 6.25), "warm": (4.0,)})
    alone = {"idle": (1024.0,), "load": (1536.0, 3072.0), "after": (2048.0,)}
    spark = {"spark.idle": (1945.6,), "spark.cluster": (4096.0,), "spark.after": (3072.0,)}
    write_record(tmp_path, "memory", {}, alone | spark)
    write_record(tmp_path, "lag", {"rates": [100]}, lag_samples() | {"100.reached": (99.0,)}, "ms")
    rates = {row.series.format(events=1000): ((row.ours or 0) + 1.0,) for row in limits.THROUGHPUT}
    series = {name.removeprefix("throughput."): rate for name, rate in rates.items()}
    write_record(tmp_path, "throughput", {"events": [10, 1000]}, series)
    names = ("append_of_1000_rows", "full_read_of_1000_rows")
    by_spark = ("a_warm_write_of_1000_rows_by_spark", "a_warm_read_of_1000_rows_by_spark")
    write_benchmarks(tmp_path, dict.fromkeys(names, 0.09) | dict.fromkeys(by_spark, 0.25))
    write_runs(tmp_path, 100, ["passed"] * 10)
    return tmp_path
