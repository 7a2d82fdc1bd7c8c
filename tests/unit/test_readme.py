"""README and all documents: their commands, links, services, figures and messages are those of the code."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
import pytest
from tasks import ns

from lakestand.errors import BadRecord
from lakestand.measure.report import readme
from lakestand.stand import graph
from lakestand.stand.services import declare
from tests.unit import plain

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "lakestand"
README = (ROOT / "README.md").read_text()
DOCUMENTS = [
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CLAUDE", "CHANGELOG")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
every = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
# Words of a message in README's troubleshooting → the test that asserts them.
TROUBLE = {
    "is taken by process": "tests/integration/test_bad_input.py::test_taken_port_ends_up_with_one_message",
    "was made with another LAKESTAND_POSTGRES_PASSWORD": (
        "tests/integration/test_bad_input.py::test_wrong_postgres_password_is_refused_at_once"
    ),
    "cannot reach": "tests/unit/stand/artifacts/test_offline.py::test_an_empty_cache_says_in_one_line_what_is_missing",
    "no topic": "tests/integration/test_bad_input.py::test_topic_that_does_not_come_is_named",
    "FAILED: ": "tests/unit/sources/test_connector_status.py::test_a_failed_part_is_reported_with_its_root_cause",
    "not all is in the tables": (
        "tests/unit/pipeline/test_ending.py::test_records_that_were_put_aside_are_counted_by_topic"
    ),
    "deleted and made again": (
        "tests/integration/test_bad_input.py::test_topic_made_again_is_refused_instead_of_skipped"
    ),
}
SERVICES = declare(plain.settings())  # the defaults, whatever the environment says


def commands(text: str) -> list[str]:
    """Names of the tasks in `invoke NAME`."""
    return re.findall(r"invoke ([a-z][a-z.]*)", text)


def links(text: str) -> list[tuple[str, str]]:
    """The file and the heading that each Markdown link within the project names; either may be empty."""
    return re.findall(r"\]\(([^):#]*)(?:#([^)]+))?\)", text)


def source_files(text: str) -> list[str]:
    """Return the source files that are named with their folder, as `lake/table.py`."""
    return re.findall(r"`([\w./-]+/[\w.-]+\.(?:py|toml|yml|java))`", text)


def documents(find: Callable[[str], Sequence[object]]) -> list[Path]:
    """Those in which there is something to find: in any other a test would prove nothing."""
    return [path for path in DOCUMENTS if find(path.read_text())]


def test_commands_and_links_are_found_where_a_document_has_them() -> None:
    text = "`invoke up --only kafka`, then [the guide](docs/guide.md), not [this](#part):\n$ invoke connectors.lag\n"

    assert commands(text) == ["up", "connectors.lag"]
    assert links(text) == [("docs/guide.md", ""), ("", "part")]


@pytest.mark.parametrize("document", documents(commands), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_invoke_command_in_a_document_exists(document: Path) -> None:
    assert [name for name in commands(document.read_text()) if name not in ns.task_names] == []


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


@pytest.mark.parametrize("document", documents(links), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(document: Path) -> None:
    assert [link for link in links(document.read_text()) if not leads_somewhere(document, *link)] == []


def leads_somewhere(document: Path, path: str, heading: str) -> bool:
    """Whether a relative link of *document* leads to something that exists; its *heading* as GitHub spells it."""
    target = document.parent / path if path else document
    return target.exists() and (not heading or heading in headings(target))


def headings(document: Path) -> list[str]:
    """The anchors that GitHub gives to the headings of *document*."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles]


@pytest.mark.parametrize("document", documents(source_files), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_source_file_that_a_document_names_exists(document: Path) -> None:
    named = source_files(document.read_text())

    assert [path for path in named if not any((folder / path).is_file() for folder in (ROOT, PACKAGE))] == []


def test_every_trouble_of_readme_is_reproduced_by_a_test() -> None:
    section = README.partition("## When something is wrong")[2].partition("\n## ")[0]
    messages = re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE)

    assert len(messages) == len(TROUBLE)
    for message, (words, where) in zip(messages, TROUBLE.items(), strict=True):
        path, _, name = where.partition("::")
        (body,) = re.findall(rf"^def {name}\(.*?(?=^\S|\Z)", (ROOT / path).read_text() + "\n", re.MULTILINE | re.DOTALL)
        assert words in message
        assert words in body


@pytest.mark.parametrize("document", readme.DOCUMENTS, ids=lambda path: path.name)
def test_a_documents_figures_are_those_of_the_report_that_is_kept(document: Path) -> None:
    data = orjson.loads((ROOT / readme.FIGURES).read_bytes())
    text = (ROOT / document).read_text()

    assert readme.insert_table(document, text, data) == text


def test_a_document_without_a_place_for_figures_is_refused() -> None:
    with pytest.raises(BadRecord, match=r"README\.md has no place for figures: put the lines <!-- figures"):
        readme.insert_table(Path("README.md"), "# Lakestand", {})
