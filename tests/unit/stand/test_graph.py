"""The diagram: every service is in it, every arrow leads somewhere."""

from __future__ import annotations

import re

import pytest

from lakestand.stand import graph
from lakestand.stand.services import declare
from tests.unit import plain
from tests.unit.stand.toy import web

SERVICES = declare(plain.settings())


def test_a_diagram_is_nodes_the_road_and_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    services = {s.name: s for s in (web("mill", port=18001), web("baker", "mill", port=18002))}
    monkeypatch.setattr(graph, "ROAD", (("mill", "baker", "flour"), ("baker", "pipeline", "bread")))

    assert graph.mermaid(services).splitlines() == [
        "flowchart LR",
        '  mill["mill<br/>18001"]',
        '  baker["baker<br/>18002"]',
        '  pipeline(["pipeline"])',
        "  mill -- flour --> baker",
        "  baker -- bread --> pipeline",
        "  baker -. needs .-> mill",
    ]


@pytest.mark.parametrize("arrow", graph.ROAD, ids=" ".join)
def test_an_arrow_of_the_road_joins_two_things_of_the_diagram(arrow: tuple[str, str, str]) -> None:
    assert {arrow[0], arrow[1]} <= {*SERVICES, "pipeline"}


def test_every_service_is_a_node_once() -> None:
    nodes = re.findall(r'^  ([a-z0-9-]+)\["', graph.mermaid(SERVICES), re.MULTILINE)

    assert nodes == list(SERVICES)


def test_every_service_but_a_helper_of_another_is_on_the_road() -> None:
    on_road = {end for source, target, _what in graph.ROAD for end in (source, target)}

    assert set(SERVICES) - on_road == {"spark-worker", "spark-worker-2"}


def test_no_arrow_is_drawn_twice() -> None:
    assert len({(source, target) for source, target, _what in graph.ROAD}) == len(graph.ROAD)
