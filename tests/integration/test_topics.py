"""Kafka's topics as `lakestand.clients.kafka` lists them."""

from __future__ import annotations

import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from lakestand import probe
from lakestand.clients import kafka
from lakestand.clients.kafka import TopicSize
from lakestand.settings import Settings
from tests.fixtures.topics import owned

MANY = 40


def delete(admin: AdminClient, names: list[str]) -> None:
    """Delete topics one after another."""
    for name in names:
        admin.delete_topics([name])[name].result()


@pytest.mark.services("kafka")
def test_a_topic_is_listed_with_the_records_of_all_its_partitions(settings: Settings) -> None:
    name = f"sizes_{uuid.uuid4().hex[:8]}"
    with owned(settings, name, partitions=2):
        producer = Producer({"bootstrap.servers": settings.bootstrap_servers})
        for partition in (0, 0, 1):
            producer.produce(name, b"a record", partition=partition)
        assert producer.flush(10) == 0

        assert [t for t in kafka.topic_sizes(settings) if t.name == name] == [TopicSize(name, 2, 3)]


@pytest.mark.services("kafka")
def test_topics_are_listed_while_others_are_deleted(settings: Settings) -> None:
    mark = uuid.uuid4().hex[:8]
    doomed = [f"doomed_{mark}_{number:03}" for number in range(MANY)]
    listings = []

    def only_the_kept_one_is_left() -> bool:
        listings.append([t.name for t in kafka.topic_sizes(settings) if mark in t.name])
        return listings[-1] == [f"kept_{mark}"]

    with owned(settings, f"kept_{mark}"), owned(settings, *doomed) as admin, ThreadPoolExecutor(1) as pool:
        deleting = pool.submit(delete, admin, doomed)
        probe.until(only_the_kept_one_is_left, 30, "the end of all others")
        deleting.result()

    assert all(f"kept_{mark}" in names for names in listings)
    assert all(len(later) <= len(before) for before, later in itertools.pairwise(listings))
