"""No two source tables have one target table."""

from __future__ import annotations

import pytest

from lakestand.errors import NameCollision
from lakestand.lake.memory import Memory
from lakestand.lake.names import TableName
from lakestand.pipeline.naming import Naming
from lakestand.pipeline.reports import Kind
from lakestand.pipeline.selection import writes
from lakestand.pipeline.target import Target
from lakestand.pipeline.topics import TopicDescription
from lakestand.sources import includes
from tests.unit.pipeline.connect import decoded, record, row

ORDERS = TableName("public", "orders")


def target(naming: Naming, sink: Memory, source: TableName, kind: Kind = "mirror", topic: str = "") -> Target:
    return Target(topic or f"shop.{source}", sink, kind, "id", naming=naming, first=source)


def test_two_schemas_tables_of_one_name_are_refused_in_one_namespace() -> None:
    naming, sink = Naming(), Memory()
    target(naming, sink, ORDERS)

    message = r"public.orders \(topic shop.public.orders\) and sales.orders .* same memory table, orders; .*--namespace"
    with pytest.raises(NameCollision, match=message):
        target(naming, sink, TableName("sales", "orders"))


def test_two_schemas_tables_of_one_name_have_a_namespace_each() -> None:
    naming, sink = Naming(by_schema=True), Memory()

    one, other = (target(naming, sink, TableName(schema, "orders")) for schema in ("public", "sales"))

    assert (one.label, other.label) == ("public.orders", "sales.orders")
    assert one.sink is sink.spaces["public"]
    assert other.sink is sink.spaces["sales"]


def test_a_table_called_as_the_changelog_of_another_is_refused() -> None:
    naming, sink = Naming(), Memory()
    target(naming, sink, ORDERS, "changelog")

    with pytest.raises(NameCollision, match=r"the changelog of public\.orders .* same memory table, orders_changelog"):
        target(naming, sink, TableName("public", "orders_changelog"))


def test_a_table_that_another_topic_filled_is_refused() -> None:
    sink = Memory()
    first = target(Naming(), sink, ORDERS, topic="shop.public.orders")
    first.apply(decoded(record(0, "c", after=row(1)))[0])
    other = target(Naming(), sink, ORDERS, topic="other.public.orders")

    topic = TopicDescription("other.public.orders", "id", 1)
    with pytest.raises(NameCollision, match=r"holds changes of topic shop\.public\.orders"):
        other.next_offset(topic, topic.partitions[0], 1)


@pytest.mark.parametrize(
    ("tables", "topic", "is_written"),
    [
        (includes.include_list(["public.Order Items"]), "shop.public.Order_Items", True),
        (includes.include_list(["public.orders"]), "shop.public.orders_more", False),
        ("", "shop.public.orders", True),
        ("", "shop.eu.public.orders", False),
        ("", "shop.transaction", False),
    ],
)
def test_a_connector_writes_the_topics_of_its_tables(tables: str, topic: str, is_written: bool) -> None:
    config = {"topic.prefix": "shop", "table.include.list": tables}

    assert writes(config, topic, ["shop", "shop.eu"]) is is_written
