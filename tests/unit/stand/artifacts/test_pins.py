"""The committed list of files, and the table that it was made from."""

from __future__ import annotations

import json

import pytest

from lakestand.stand.artifacts.pin import LOCK, Pin, locked
from lakestand.stand.artifacts.table import DEFAULT, SETS, resolve


def test_every_set_of_the_table_is_pinned() -> None:
    assert set(json.loads(LOCK.read_text())) == set(SETS)


@pytest.mark.parametrize("name", SETS)
def test_every_root_is_pinned_in_the_version_of_the_table(name: str) -> None:
    pinned = {pin.location for pin in locked(name)}

    assert {Pin(root, "", 0).location for root in SETS[name].roots} <= pinned


@pytest.mark.parametrize("name", SETS)
def test_every_pin_has_a_size_and_a_whole_sum(name: str) -> None:
    assert [p.coordinate for p in locked(name) if p.size <= 0 or len(p.sha256) != 64] == []


@pytest.mark.parametrize("name", SETS)
def test_no_two_files_of_a_set_have_one_name(name: str) -> None:
    files = [pin.file for pin in locked(name)]

    assert sorted(set(files)) == sorted(files)


def test_every_default_set_is_known_on_this_machine() -> None:
    assert [name for name in DEFAULT if resolve(name) not in SETS] == []


@pytest.mark.parametrize(
    ("coordinate", "location"),
    [
        ("a.b:c:1", "a/b/c/1/c-1.jar"),
        ("a.b:c:1:tar.gz", "a/b/c/1/c-1.tar.gz"),
        ("a.b:c:1:jar:tests", "a/b/c/1/c-1-tests.jar"),
    ],
)
def test_a_coordinate_is_a_path_in_the_repository(coordinate: str, location: str) -> None:
    assert Pin(coordinate, "", 0).location == location


def test_a_pin_reads_what_it_writes() -> None:
    pin = Pin("a:b:1:tar.gz:all", "0" * 64, 7)

    assert Pin.parse(str(pin)) == pin
