"""Two folders at once on default ports: the second moves by itself, says so, and remembers it."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakestand.settings import Settings
from tests.unit.test_cli import lakestand

PORT = Settings.model_fields["inbox_port"].default


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder for a stand, while somebody listens on the inbox's default port; the stand is removed."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # a stand on default ports has it already
            stack.enter_context(socket.create_server(("127.0.0.1", PORT)))
        yield tmp_path
        lakestand(tmp_path, "down", "--volumes")


def listening(folder: Path) -> dict[str, list[int]]:
    """Return the ports of each service that is ready."""
    services = json.loads(lakestand(folder, "status", "--json").stdout)
    return {service["service"]: service["ports"] for service in services if service["state"] == "ready"}


def test_a_stand_whose_ports_are_taken_moves_and_remembers_it(folder: Path) -> None:
    first = lakestand(folder, "up", "--only", "inbox")
    ports = listening(folder)
    lakestand(folder, "down")
    second = lakestand(folder, "up", "--only", "inbox")

    assert (first.returncode, first.stderr, second.returncode, second.stderr) == (0, "", 0, "")
    assert f"port {PORT} is taken by process " in first.stdout
    assert " higher, from now on; lakestand env prints them" in first.stdout
    assert "is taken" not in second.stdout
    assert listening(folder) == ports
    offset = ports["inbox"][0] - PORT
    assert offset > 0
    assert f"INBOX_URL=http://127.0.0.1:{PORT + offset}\n" in lakestand(folder, "env").stdout


@pytest.mark.parametrize("given", ["LAKESTAND_PORT_OFFSET=0", f"LAKESTAND_INBOX_PORT={PORT}"])
def test_a_port_that_was_given_does_not_move(folder: Path, given: str) -> None:
    (folder / ".env").write_text(given + "\n")
    done = lakestand(folder, "up", "--only", "inbox")

    assert done.returncode == 1
    assert f"port {PORT} is taken by process " in done.stderr


def test_down_with_volumes_forgets_the_offset(folder: Path) -> None:
    lakestand(folder, "up", "--only", "inbox")
    lakestand(folder, "down", "--volumes")

    assert [path.name for path in folder.iterdir()] == [".env"]
