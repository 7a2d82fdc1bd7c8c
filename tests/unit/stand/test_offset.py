"""Two folders at once on default ports: the second moves by itself, says so, and remembers it."""

from __future__ import annotations

import contextlib
import re
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


class TestTakenPorts:
    """In a class, whose tests one process runs: they share the port."""

    def test_a_stand_whose_ports_are_taken_moves_and_remembers_it(self, folder: Path) -> None:
        first = lakestand(folder, "up", "--only", "inbox")
        addresses = lakestand(folder, "env").stdout
        lakestand(folder, "down")
        second = lakestand(folder, "up", "--only", "inbox")

        assert (first.returncode, first.stderr, second.returncode, second.stderr) == (0, "", 0, "")
        (offset,) = re.findall(
            rf"port {PORT} is taken by process .*: the ports of this stand are (\d+) higher, .*; lakestand env prints",
            " ".join(first.stdout.split()),  # the process may have a long command
        )
        assert "is taken" not in second.stdout
        assert f"INBOX_URL=http://127.0.0.1:{PORT + int(offset)}\n" in addresses
        assert lakestand(folder, "env").stdout == addresses

    @pytest.mark.parametrize("given", ["LAKESTAND_PORT_OFFSET=0", f"LAKESTAND_INBOX_PORT={PORT}"])
    def test_a_port_that_was_given_does_not_move(self, folder: Path, given: str) -> None:
        (folder / ".env").write_text(given + "\n")
        done = lakestand(folder, "up", "--only", "inbox")

        assert done.returncode == 1
        assert f"port {PORT} is taken by process " in done.stderr

    def test_down_with_volumes_forgets_the_offset(self, folder: Path) -> None:
        lakestand(folder, "up", "--only", "inbox")
        lakestand(folder, "down", "--volumes")

        assert [path.name for path in folder.iterdir()] == [".env"]
