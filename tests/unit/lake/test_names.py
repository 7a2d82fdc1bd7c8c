"""Names of tables as texts and as parts of paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakestand.lake.names import LONGEST, TableName, from_path_part, path_part, split

PARTS = st.tuples(st.text(min_size=1), st.text(min_size=1)).map(lambda parts: TableName(*parts))


@given(st.lists(PARTS, min_size=1, max_size=3))
def test_a_list_of_names_is_read_as_it_was_written(names: list[TableName]) -> None:
    texts = split(", ".join(map(str, names)))

    assert [TableName.parse(text) for text in texts] == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("public.orders", ("public", "orders")),
        ("public.a.b", ("public", "a.b")),
        ('"a.b".c', ("a.b", "c")),
        ("orders", ("", "orders")),
        ('public.we"ird', ("public", 'we"ird')),
        ('public."a,b"', ("public", "a,b")),
    ],
)
def test_a_name_as_somebody_writes_it_means_a_schema_and_a_table(text: str, name: tuple[str, str]) -> None:
    assert TableName.parse(text) == name


@given(st.text(min_size=1, max_size=60))
def test_a_part_of_a_path_is_plain_and_tells_its_name(name: str) -> None:
    part = path_part(name)

    assert part.isascii()
    assert not set(part) & set("/?#%+ \\")
    assert len(part) <= LONGEST
    assert from_path_part(part) in {name, part}


def test_two_long_names_have_two_paths() -> None:
    one, other = (path_part("ж" * 63 + end) for end in "ab")

    assert one != other
    assert max(len(one), len(other)) <= LONGEST
