"""What a failed test's report carries, on the running stand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from lakestand.pytest_plugin.evidence import Evidence
from lakestand.settings import Settings
from lakestand.sources.postgres import Postgres
from lakestand.stand.stack import Stack
from tests.fixtures.topics import owned

pytestmark = pytest.mark.services("postgres", "connect")


@pytest.fixture
def topics(settings: Settings) -> Iterator[list[str]]:
    """Yield two new topics, which are deleted after the test."""
    names = [f"evidence_{uuid.uuid4().hex[:8]}.{n}" for n in ("before", "meanwhile")]
    with owned(settings, *names):
        yield names


def test_a_report_holds_the_last_records_of_what_grew_meanwhile_and_of_nothing_else(
    settings: Settings, stack: Stack, topics: list[str]
) -> None:
    before, meanwhile = topics
    send(settings, before, "old")
    evidence = Evidence.begin(stack, ["connect"], settings)
    for value in ("1", "2", "3", "4"):
        send(settings, meanwhile, value)

    sections = dict(evidence.sections())

    own = [line for line in sections["last records of topics"].splitlines() if line.startswith((before, meanwhile))]
    assert own == [f"{meanwhile}[0]@{n - 1} key → {n}" for n in (2, 3, 4)]


def test_a_report_holds_what_services_logged_since_the_test_began_and_not_what_they_logged_before(
    settings: Settings, stack: Stack
) -> None:
    before, meanwhile = (f"{word}_{uuid.uuid4().hex}" for word in ("before", "meanwhile"))
    database = Postgres(settings)
    database.execute(f"DO $$ BEGIN RAISE LOG '{before}'; END $$")
    evidence = Evidence.begin(stack, ["connect"], settings)
    database.execute(f"DO $$ BEGIN RAISE LOG '{meanwhile}'; END $$")

    log = dict(evidence.sections())["log of postgres"]

    assert meanwhile in log
    assert before not in log


def send(settings: Settings, topic: str, value: str) -> None:
    producer = Producer({"bootstrap.servers": settings.bootstrap_servers})
    producer.produce(topic, value, "key")
    assert producer.flush(10) == 0
