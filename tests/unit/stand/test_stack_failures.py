"""A stand that cannot start or stop: which service, why, and what helps; on real processes."""

from __future__ import annotations

import os
import re
import socket
import time

import pytest

from lakestand.errors import BadArgument, StartFailed
from tests.unit.stand.conftest import Build, states
from tests.unit.stand.toy import free_port, script, web


def test_start_failure_names_service_reason_and_log(build: Build) -> None:
    stack = build(script("broken", "print('no disk left', flush=True)"), timeout=60)

    with pytest.raises(StartFailed, match=r"broken not ready after \d\.\d s: it exited \(tcp .*refused") as caught:
        stack.up()

    assert caught.value.log == "no disk left"


def test_silent_service_fails_after_its_time(build: Build) -> None:
    stack = build(script("silent", "import signal; signal.pause()"), timeout=0.5)

    with pytest.raises(StartFailed, match=r"silent not ready after 0\.\d s: tcp 127\.0\.0\.1:\d+: Connection refused"):
        stack.up()


def test_what_needs_a_broken_service_is_not_started(build: Build) -> None:
    stack = build(web("catalog", "store"), script("store", "raise SystemExit(3)"))

    with pytest.raises(StartFailed, match="store not ready"):
        stack.up()

    assert states(stack) == {"catalog": "stopped", "store": "stopped"}


def test_a_running_service_whose_port_was_changed_is_refused_at_once_and_can_be_stopped(build: Build) -> None:
    old, new = free_port(), free_port()
    build(web("store", port=old)).up()
    moved, began = build(web("store", port=new)), time.monotonic()

    with pytest.raises(StartFailed, match=rf"store runs at port {old}, the settings now say {new}: .*invoke down"):
        moved.up()
    assert time.monotonic() - began < 5
    moved.down()
    moved.up()
    assert states(moved) == {"store": "ready"}


def test_stranger_on_the_port_is_refused_and_named(build: Build) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        stack = build(web("store", port=port))

        taken = rf"port {port} is taken by process {os.getpid()} .*LAKESTAND_PORT_OFFSET"
        with pytest.raises(StartFailed, match=taken):
            stack.up()


def test_unknown_service_is_refused_with_the_known_ones(build: Build) -> None:
    with pytest.raises(BadArgument, match=re.escape("there is no service stor; there are: store")):
        build(web("store")).up("stor")
