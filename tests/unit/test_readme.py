"""What the documents say is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tasks import ns

from lakestand import graph
from lakestand.services import declare
from tests.unit import plain

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CLAUDE")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
SERVICES = declare(plain.settings())  # the defaults, whatever the environment says


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_invoke_command_in_a_document_exists(document: Path) -> None:
    named = re.findall(r"invoke ([a-z][a-z.]*)", document.read_text())

    assert [name for name in named if name not in ns.task_names] == []


@pytest.mark.parametrize("name", SERVICES)
def test_readme_gives_every_service_with_its_first_port(name: str) -> None:
    rows = [[cell.strip() for cell in line.split("|")] for line in README.splitlines() if line.startswith("|")]
    addresses = [row[2] for row in rows if name in row[1].split(", ")]

    assert len(addresses) == 1
    assert str(SERVICES[name.removesuffix("-2").removesuffix("-worker")].ports[0]) in addresses[0]


def test_readmes_test_command_is_what_ci_runs() -> None:
    (command,) = re.findall(r"^(pip install \"nox\[uv\]\" && nox) ", README, re.MULTILINE)

    assert command in (ROOT / ".ci" / "run").read_text().splitlines()


def test_diagram_shows_the_service_table() -> None:
    assert graph.mermaid(SERVICES) in (ROOT / "docs" / "architecture" / "infrastructure.md").read_text()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", document.read_text())

    assert [link for link in links if not (document.parent / link).exists()] == []
