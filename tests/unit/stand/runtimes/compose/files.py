"""docker-compose.yml and its override, as they are written."""

from __future__ import annotations

import re
from typing import Any

import yaml

from lakestand.stand.runtimes.compose.context import BUILD, FILE
from lakestand.stand.services import declare
from tests import ROOT
from tests.unit import plain


class Loader(yaml.SafeLoader):
    """Knows Compose's tags: what they mark is read as it is."""


def _plain(loader: Loader, _suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None


Loader.add_multi_constructor("!", _plain)

COMPOSE: dict[str, Any] = yaml.load((ROOT / FILE).read_text(), Loader)  # noqa: S506  a SafeLoader
OVERRIDE: dict[str, Any] = yaml.load((ROOT / BUILD).read_text(), Loader)  # noqa: S506
SERVICES: dict[str, Any] = COMPOSE["services"]
TABLE = declare(plain.settings())
# Runs once and ends.
ONE_SHOT = "bucket-init"


def published(name: str) -> list[tuple[str, int, int]]:
    """(address, default port outside, port inside) of a service."""
    pattern = re.compile(r"([\d.]+):\$\{\w+:-(\d+)\}:(\d+)")
    found = [pattern.fullmatch(port) for port in SERVICES[name].get("ports", [])]
    assert None not in found, SERVICES[name]["ports"]
    return [(m[1], int(m[2]), int(m[3])) for m in found if m]
