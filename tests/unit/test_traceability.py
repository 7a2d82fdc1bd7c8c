"""docs/traceability.md names each task and criterion once, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lakestand.measure.report.criteria import CRITERIA

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "traceability.md").read_text()
ROWS = re.findall(r"^\| (T\d{3}|SC-\d{3}) \| (.+) \| (.+) \|$", TEXT, re.MULTILINE)
PLACES = sorted({place for _, _, where in ROWS for place in re.findall(r"`([^`]+\.\w+(?:::\w+)?)`", where)})


def test_every_task_and_criterion_stands_there_once() -> None:
    tasks = [f"T{number:03}" for number in range(1, 121)]

    assert [name for name, _, _ in ROWS] == tasks + [each.name for each in CRITERIA]


@pytest.mark.parametrize("place", PLACES)
def test_what_it_names_exists(place: str) -> None:
    path, _, test = place.partition("::")

    assert (ROOT / path).is_file()
    assert not test or re.search(rf"^ *def {test}\(", (ROOT / path).read_text(), re.MULTILINE)


def test_a_criterion_is_measured_by_the_command_that_the_report_names() -> None:
    named = {name: re.findall(r"`([^`]+)`", where)[0] for name, _, where in ROWS if name.startswith("SC")}

    assert named == {each.name: each.command for each in CRITERIA}
