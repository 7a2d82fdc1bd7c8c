"""Order, waiting and failure, on real processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lakestand import probe
from lakestand.errors import BadArgument, StartFailed
from lakestand.stand.runtimes.native import Native
from lakestand.stand.service import Service
from lakestand.stand.stack import Stack
from tests.unit.stand.toy import free_port, script, web

Build = Callable[..., Stack]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    made: list[Stack] = []

    def stack(*services: Service, timeout: float = 20) -> Stack:
        native = Native(root=tmp_path / "stand", stop_timeout=5)
        made.append(Stack(services={s.name: s for s in services}, runtime=native, start_timeout=timeout))
        return made[-1]

    yield stack
    for each in made:
        each.down()


def states(stack: Stack) -> dict[str, str]:
    return {name: stack.state(service) for name, service in stack.services.items()}


def pid_of(stack: Stack, name: str) -> int:
    assert isinstance(stack.runtime, Native)
    return int((stack.runtime.root / name / "pid").read_text().split()[0])


def test_needed_service_comes_too(build: Build) -> None:
    stack = build(web("catalog", "store"), web("store"), web("other"))

    stack.up("catalog")

    assert states(stack) == {"catalog": "ready", "store": "ready", "other": "stopped"}


def test_optional_service_starts_only_when_named(build: Build) -> None:
    stack = build(web("store"), web("extra", optional=True))
    stack.up()
    assert states(stack) == {"store": "ready", "extra": "stopped"}

    stack.up("extra")
    assert states(stack) == {"store": "ready", "extra": "ready"}


def test_service_starts_only_after_what_it_needs_is_ready(build: Build) -> None:
    timings = {t.name: t for t in build(web("catalog", "store"), web("store")).up()}

    assert timings["catalog"].began >= timings["store"].ready


def test_running_service_is_left_alone(build: Build) -> None:
    stack = build(web("store"))
    stack.up()
    before = pid_of(stack, "store")

    (timing,) = stack.up()

    assert (pid_of(stack, "store"), timing.fresh) == (before, False)


def test_only_the_killed_service_is_started_again(build: Build) -> None:
    stack = build(web("catalog", "store"), web("store"))
    stack.up()
    kept, killed = pid_of(stack, "store"), pid_of(stack, "catalog")
    os.kill(killed, signal.SIGKILL)
    probe.until(lambda: stack.state(stack.services["catalog"]) == "stopped", 5, "end of catalog")

    stack.up()

    assert pid_of(stack, "store") == kept
    assert pid_of(stack, "catalog") != killed


def test_down_leaves_no_process_of_the_group(build: Build) -> None:
    fork = (
        "import subprocess, sys, http.server as h;"
        "subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']);"
        "h.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), h.BaseHTTPRequestHandler).serve_forever()"
    )
    stack = build(script("forker", fork))
    stack.up()
    leader = pid_of(stack, "forker")
    family = [leader, *(c.pid for c in psutil.Process(leader).children())]

    stack.down()

    assert len(family) == 2
    assert [p for p in family if psutil.pid_exists(p) and psutil.Process(p).status() != "zombie"] == []


def test_process_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    stubborn = (
        "import signal, sys, http.server as h; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "h.HTTPServer(('127.0.0.1', int(sys.argv[1])), h.BaseHTTPRequestHandler).serve_forever()"
    )
    service = script("stubborn", stubborn)
    stack = Stack(services={"stubborn": service}, runtime=Native(root=tmp_path, stop_timeout=0.3))
    stack.up()

    stack.down()

    assert stack.state(service) == "stopped"


def test_recycled_pid_is_never_signalled(build: Build, tmp_path: Path) -> None:
    stack = build(web("store"))
    (tmp_path / "stand" / "store").mkdir(parents=True)
    (tmp_path / "stand" / "store" / "pid").write_text(f"{os.getpid()} 1.0")

    stack.down()

    assert psutil.pid_exists(os.getpid())
    assert not (tmp_path / "stand" / "store" / "pid").exists()


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


def test_stopped_service_is_back_after_the_block(build: Build) -> None:
    stack = build(web("store"))
    stack.up()

    with stack.stopped("store", kill=True):
        assert stack.state(stack.services["store"]) == "stopped"

    assert stack.state(stack.services["store"]) == "ready"


def test_two_stands_run_side_by_side(build: Build, tmp_path: Path) -> None:
    one, two = (
        build(web("store")),
        Stack(services={"store": web("store")}, runtime=Native(root=tmp_path / "two")),
    )
    one.up()
    two.up()
    one.down()

    assert two.state(two.services["store"]) == "ready"
    two.down()


def test_memory_of_a_running_service_is_measured(build: Build) -> None:
    stack = build(web("store"))
    stack.up()

    assert 2 < stack.runtime.memory_mb(stack.services["store"]) < 200
    stack.down()
    assert stack.runtime.memory_mb(stack.services["store"]) == 0


def test_files_with_secrets_are_closed_to_others(build: Build, tmp_path: Path) -> None:
    stack = build(web("store", port=free_port()))
    stack.up()

    assert (tmp_path / "stand" / "store" / "hello.txt").stat().st_mode & 0o777 == 0o600
