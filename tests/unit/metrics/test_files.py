"""The files of pipelines: written while they work, gone when they end, and kept when they died."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from prometheus_client.core import Metric

from lakestand import probe
from lakestand.metrics import files
from lakestand.metrics.files import folder
from lakestand.pipeline.progress import Progress, publish_metrics
from lakestand.pipeline.reports import Commit
from lakestand.pipeline.run import Pipeline
from lakestand.settings import Settings
from tests.unit import plain

ME = str(os.getpid())
TEXT = "# HELP lakestand_pipeline_events committed\n# TYPE lakestand_pipeline_events counter\n"
COMMIT = Commit(
    table="orders",
    sink="iceberg",
    kind="mirror",
    events=2,
    rows=pa.table({"op": ["c", "u"], "commit_ms": [0.0, 0.0], "kafka_ms": [0.0, 0.0]}),
    seconds=0.5,
    visible_ms=0.0,
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return plain.settings(state_dir=tmp_path)


@pytest.fixture
def dead() -> str:
    """The id of a process that is no more."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return str(done.pid)


def samples(where: Path) -> dict[tuple[str, ...], float]:
    """Name and label values → value."""
    found: list[Metric] = list(files.pipelines(where))
    return {(s.name, *s.labels.values()): s.value for metric in found for s in metric.samples}


@pytest.fixture
def living(tmp_path: Path) -> Iterator[None]:
    """This process as a pipeline that lives."""
    with files.alive(tmp_path / f"{ME}.prom"):
        yield


def write(where: Path, name: str, value: int = 1) -> Path:
    file = where / f"{name}.prom"
    file.write_text(TEXT + f'lakestand_pipeline_events_total{{sink="iceberg",table="t"}} {value}.0\n')
    return file


def test_without_a_pipeline_nothing_is_told(tmp_path: Path) -> None:
    assert samples(tmp_path / "nowhere") == {}


@pytest.mark.usefixtures("living")
def test_a_live_pipeline_is_up_and_a_dead_one_is_not(tmp_path: Path, dead: str) -> None:
    write(tmp_path, ME)
    write(tmp_path, dead)

    found = samples(tmp_path)
    assert found["lakestand_pipeline_up", ME] == 1.0
    assert found["lakestand_pipeline_up", dead] == 0.0


def test_the_same_number_of_two_pipelines_is_told_apart(tmp_path: Path, dead: str) -> None:
    write(tmp_path, ME, 1)
    write(tmp_path, dead, 2)

    found = samples(tmp_path)
    assert found["lakestand_pipeline_events_total", "iceberg", "t", ME] == 1.0
    assert found["lakestand_pipeline_events_total", "iceberg", "t", dead] == 2.0


def test_a_file_says_how_long_its_pipeline_has_been_silent(tmp_path: Path) -> None:
    file = write(tmp_path, ME)
    os.utime(file, (0, time.time() - 60))

    assert samples(tmp_path)["lakestand_pipeline_silent_seconds", ME] == pytest.approx(60, abs=5)


@pytest.mark.usefixtures("living")
def test_the_long_dead_are_forgotten_and_the_living_never(tmp_path: Path, dead: str) -> None:
    for name in (ME, dead):
        os.utime(write(tmp_path, name), (0, 0))

    assert ("lakestand_pipeline_up", dead) not in samples(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"{ME}.lock", f"{ME}.prom"]


def test_a_file_of_another_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.prom").write_text("what is this")

    assert samples(tmp_path) == {}


def test_a_pipeline_tells_of_itself_while_it_works_and_not_afterwards(settings: Settings) -> None:
    pipeline, progress = Pipeline(bootstrap_servers="", topics=[], sinks=[]), Progress()
    with publish_metrics(settings, pipeline, progress):
        progress.count_commit(COMMIT)
        pipeline.incidents.dead_letters.update({"a.dead-letter": 1, "b.dead-letter": 2})
        probe.until(lambda: ("lakestand_pipeline_dead_letters", ME) in samples(folder(settings)), 10, "its file")
        found = samples(folder(settings))

    assert found["lakestand_pipeline_events_total", "iceberg", "orders", ME] == 2.0
    assert found["lakestand_pipeline_commits_total", "iceberg", "orders", ME] == 1.0
    assert found["lakestand_pipeline_commit_seconds_total", "iceberg", "orders", ME] == 0.5
    assert found["lakestand_pipeline_dead_letters", ME] == 3.0
    assert list(folder(settings).iterdir()) == []
