"""Order, waiting and failure, on real processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil

from lakestand import probe
from lakestand.stand.runtimes.native import Native
from lakestand.stand.stack import Stack
from tests.unit.stand.conftest import Build, states
from tests.unit.stand.toy import free_port, script, web


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
