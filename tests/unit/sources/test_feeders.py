"""Who writes a topic, and in which state, read from Connect's own answer."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from lakestand.errors import ServiceError
from lakestand.settings import Settings
from lakestand.sources.feeders import Feeder, feeders, find_feeder
from tests.unit import plain
from tests.unit.clients.server import serving
from tests.unit.sources.answers import ROOT_CAUSE, TRACE
from tests.unit.stand.toy import free_port


def at(port: int) -> Settings:
    return plain.settings(connect_port=port)


def of(prefix: str) -> Feeder:
    return Feeder(name=prefix, prefix=prefix, state="RUNNING", cause="")


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("shop.public.t", "shop"),
        ("shop.eu.public.t", "shop.eu"),
        ("shop-two.public.t", None),
        ("shop", None),
        ("other.public.t", None),
    ],
)
def test_a_topic_is_its_connectors_by_the_longest_prefix_that_ends_at_a_dot(topic: str, name: str | None) -> None:
    found = find_feeder([of("shop"), of("shop.eu")], topic)

    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("connector", "tasks", "state", "why"),
    [
        ("RUNNING", ["RUNNING"], "RUNNING", ""),
        ("RUNNING", ["RUNNING", "FAILED"], "FAILED", ROOT_CAUSE),
        ("FAILED", [], "FAILED", ROOT_CAUSE),
        ("PAUSED", ["PAUSED"], "PAUSED", ""),
        ("STOPPED", [], "STOPPED", ""),
        ("RUNNING", [], "UNASSIGNED", ""),
        ("RUNNING", ["RESTARTING"], "RESTARTING", ""),
    ],
)
def test_a_connector_runs_when_it_and_its_tasks_do_and_fails_when_one_does(
    connector: str, tasks: list[str], state: str, why: str
) -> None:
    parts = [{"state": each} | ({"trace": TRACE} if each == "FAILED" else {}) for each in (connector, *tasks)]
    shop = {"info": {"config": {"topic.prefix": "shop"}}, "status": {"connector": parts[0], "tasks": parts[1:]}}
    sink = {"info": {"config": {"topics": "shop.public.t"}}, "status": {"connector": {"state": "FAILED"}, "tasks": []}}
    with serving() as server:
        server.on("GET /connectors", (200, {"shop": shop, "sink": sink}))
        found = feeders(at(urlsplit(server.url).port or 0), ["shop.public.t", "by.hand"])

    assert found == {"shop.public.t": Feeder(name="shop", prefix="shop", state=state, cause=why), "by.hand": None}
    assert server.asked == ["GET /connectors?expand=info&expand=status"]


def test_without_connect_nothing_is_known() -> None:
    with pytest.raises(ServiceError, match=r"does it run\? invoke status$"):
        feeders(at(free_port()), ["shop.public.t"])
