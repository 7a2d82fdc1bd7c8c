"""Include lists, and the topics of tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakestand.lake.names import TableName
from lakestand.sources import avro_names, includes

NAMES = st.tuples(st.text(min_size=1), st.text(min_size=1)).map(lambda parts: str(TableName(*parts)))


@given(st.lists(NAMES, min_size=1, max_size=3))
def test_a_connectors_tables_are_read_back_from_its_include_list(names: list[str]) -> None:
    assert includes.listed(includes.include_list(names)) == names


@pytest.mark.parametrize(
    ("include_list", "table", "is_included"),
    [
        (includes.include_list(["public.Orders"]), "public.Orders", True),
        (includes.include_list(["public.Orders"]), "public.orders", False),
        (includes.include_list(["public.a+b"]), "public.aab", False),
        ("public.orders,public.items", "public.items", True),
        ("public\\..*", "public.orders", True),
        ("public\\..*", "sales.orders", False),
    ],
)
def test_a_list_includes_its_tables_and_a_foreign_one_what_it_matches(
    include_list: str, table: str, is_included: bool
) -> None:
    assert includes.includes(include_list, table) is is_included


def test_tables_whose_topics_kafka_takes_for_one_are_named_together() -> None:
    tables = ["a.b c", "a.b_c", "a_b.c", "a.b-c"]

    assert list(includes.collisions("shop", tables)) == [("shop.a.b_c", ["a.b c", "a.b_c", "a_b.c"])]


@pytest.mark.parametrize(("table", "topic"), [("public.Größe", "s.public.Gr__e"), ("public.😀", "s.public.__")])
def test_a_topic_has_an_underscore_for_each_of_javas_characters(table: str, topic: str) -> None:
    assert includes.topic("s", table) == topic


def test_two_connectors_whose_names_differ_have_two_slots() -> None:
    slots = {includes.plain_name(name) for name in ("shop-eu", "shop.eu", "Shop.EU", "shop eu", "s" * 70, "s" * 71)}

    assert len(slots) == 6
    assert all(len(slot) <= 63 for slot in slots)


@pytest.mark.parametrize("name", ["a.b", "naïve ü", "имя", "😀", "order_id", "1st", "中文", "price €"])
def test_a_name_that_avro_lacks_is_read_back(name: str) -> None:
    assert avro_names.is_readable(name)


def test_a_name_whose_codes_are_ambiguous_is_not_readable() -> None:
    assert not avro_names.is_readable("שa")
