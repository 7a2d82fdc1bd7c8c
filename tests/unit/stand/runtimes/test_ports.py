"""Ports: who holds one, what to do about it, and where all of them are free."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from lakestand.errors import StandError
from lakestand.stand.runtimes import ports
from tests.unit.stand.toy import free_port


@pytest.fixture(params=["127.0.0.1", ""], ids=["loopback", "all addresses"])
def taken(request: pytest.FixtureRequest) -> Iterator[int]:
    """A port that this process listens on, at one address or at all."""
    with socket.create_server((request.param, 0)) as server:
        yield server.getsockname()[1]


def test_free_ports_have_no_stranger() -> None:
    assert ports.explain_taken([free_port(), free_port()]) == ""


def test_no_ports_have_no_stranger() -> None:
    assert ports.explain_taken([]) == ""


def test_a_stranger_is_named_by_process_and_with_the_way_out(taken: int) -> None:
    found = ports.explain_taken([free_port(), taken])

    assert found.startswith(f"port {taken} is taken by process {os.getpid()} (")
    assert "LAKESTAND_PORT_OFFSET=10000" in found


def test_the_first_stranger_is_told(taken: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as second:
        assert ports.explain_taken([taken, second.getsockname()[1]]).startswith(f"port {taken} ")


def test_a_port_is_free_again_when_its_listener_closed_with_a_connection_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        server.accept()[0].close()
    with client:
        assert ports.explain_taken([port]) == ""


def test_asking_leaves_the_port_free() -> None:
    port = free_port()
    ports.explain_taken([port])

    with socket.create_server(("127.0.0.1", port)) as server:
        assert server.getsockname()[1] == port


def test_listeners_tells_address_and_port_of_a_process(taken: int) -> None:
    assert taken in [port for _address, port in ports.listeners([os.getpid()])]


def test_listeners_of_no_process_are_none(taken: int) -> None:
    assert ports.listeners([]) == []
    assert taken


def test_a_connection_is_no_listener(taken: int) -> None:
    with socket.create_connection(("127.0.0.1", taken)) as client:
        assert client.getsockname() not in ports.listeners([os.getpid()])


def test_free_offset_passes_over_an_offset_whose_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert ports.free_offset([port - 100], step=100) != 100


def test_free_offset_moves_all_ports_by_the_same_multiple() -> None:
    wanted = [free_port() - 20_000, free_port() - 20_000]
    offset = ports.free_offset(wanted, step=50)

    assert offset % 50 == 0
    assert ports.explain_taken([port + offset for port in wanted]) == ""


def test_ports_that_cannot_be_moved_are_refused_with_their_number() -> None:
    with pytest.raises(StandError, match="moves 2 ports to free ones"):
        ports.free_offset([1024, 64_990])
