"""What the documents tell a reader to run works on a stand that has only what the document itself has started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lakestand.pytest_plugin.evidence import Evidence
from lakestand.settings import PREFIX, Settings
from lakestand.stand import checkout
from lakestand.stand.runtimes.ports import free_offset
from lakestand.stand.stack import Stack
from tests.conftest import EVIDENCE
from tests.fixtures.documents import ROOT, run, steps

# Run by tests/compose: it is about containers.
COMPOSE = ROOT / "docs" / "infrastructure" / "compose.md"
DOCUMENTS = [path for path in sorted((ROOT / "docs").rglob("*.md")) if path != COMPOSE and any(steps(path))]


@pytest.fixture(autouse=True)
def nothing_runs(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A document's commands mean a stand of their own, new and empty, beside all others; nothing is left of it."""
    if not request.config.getoption("--stand"):
        pytest.skip("starts a stand of its own: nox -s docs, or pytest --stand")
    offset = settings.port_offset + free_offset(settings.ports().values())
    own = {"NAME": "document", "PORT_OFFSET": str(offset), "STATE_DIR": str(tmp_path)}
    for name, value in own.items():
        monkeypatch.setenv(PREFIX + name, value)
    stack = checkout.stack(Settings.load())
    request.node.stash[EVIDENCE] = Evidence.begin(stack, list(stack.services), Settings.load())
    yield
    _remove(stack)


def _remove(stack: Stack) -> None:
    """Kill what runs: nobody wants its data."""
    for service in stack.services.values():
        stack.runtime.stop(service, kill=True)
    stack.runtime.clear(volumes=True)


# As many commands as a reader runs in an hour: on a busy machine they take longer than one test may.
@pytest.mark.timeout(900)
@pytest.mark.parametrize("document", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in DOCUMENTS])
def test_every_command_of_a_document_does_what_it_says(document: Path) -> None:
    commands = list(steps(document))

    assert commands
    for step in commands:
        run(step)
