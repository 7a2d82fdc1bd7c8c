"""Processes that fetch at once, and one that is killed while it does."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from lakestand import probe
from lakestand.settings import Settings
from lakestand.stand.artifacts.cache import fetch, find_fault, home
from tests.unit.stand.artifacts.repository import Repository, tar

PROGRAM = """
import sys
from pathlib import Path
from lakestand.stand.artifacts.cache import fetch
from lakestand.settings import Settings
print(fetch(["tools"], Settings.load(Path("none")), Path(sys.argv[1]), progress=False).files)
"""


def fetching(repository: Repository) -> subprocess.Popen[str]:
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-c", PROGRAM, str(repository.lock)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environ)


def test_two_processes_fetch_each_file_once(repository: Repository, settings: Settings) -> None:
    gate = repository.gates["nail-1.0.jar"] = threading.Event()
    with fetching(repository) as first:
        probe.until(lambda: repository.asked["nail-1.0.jar"], 20, "a request")
        with fetching(repository) as second:
            gate.set()
            assert [first.communicate()[0], second.communicate()[0]] == ["2\n", "0\n"]

    assert repository.asked == {"hammer-1.0.jar": 1, "nail-1.0.jar": 1}
    assert not find_fault(home("tools", settings, repository.lock))


def test_two_threads_fetch_each_file_once(repository: Repository, settings: Settings) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: fetch(["tools"], settings, repository.lock), range(2)))

    assert repository.asked == {"hammer-1.0.jar": 1, "nail-1.0.jar": 1}


def test_who_waited_for_an_unpacked_set_takes_it(repository: Repository, settings: Settings) -> None:
    repository.publish("schema-registry", {"app": tar(run="x")}, "tar.gz")
    gate = repository.gates["app-1.0.tar.gz"] = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        fetches = [pool.submit(fetch, ["schema-registry"], settings, repository.lock) for _ in range(4)]
        probe.until(lambda: repository.asked["app-1.0.tar.gz"], 20, "a request")
        gate.set()
    assert sorted(done.result().files for done in fetches) == [0, 0, 0, 1]

    assert repository.asked == {"app-1.0.tar.gz": 1}


def test_sets_named_in_another_order_do_not_lock_each_other_out(repository: Repository, settings: Settings) -> None:
    repository.publish("paint", {"red": b"r" * 10})
    orders = (["tools", "paint"], ["paint", "tools"])
    threads = [threading.Thread(target=fetch, args=(o, settings, repository.lock)) for o in orders * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [thread.is_alive() for thread in threads] == [False] * 8


def test_a_killed_fetch_is_never_taken_as_complete(repository: Repository, settings: Settings) -> None:
    target = home("tools", settings, repository.lock)
    gate = repository.gates["nail-1.0.jar"] = threading.Event()
    with fetching(repository) as process:
        first = target.with_name(f"{target.name}.part") / "hammer-1.0.jar"
        probe.until(first.exists, 20, "the first file")
        process.kill()
    assert find_fault(target) == f"{target} is missing"

    gate.set()
    assert fetch(["tools"], settings, repository.lock).files == 1
    assert repository.asked["hammer-1.0.jar"] == 1


def test_what_a_killed_fetch_left_half_done_stays_out_of_the_set(repository: Repository, settings: Settings) -> None:
    target = home("tools", settings, repository.lock)
    part = target.with_name(f"{target.name}.part")
    (part / "half").mkdir(parents=True)
    (part / "half" / "unpacked").write_text("x")
    (part / "other-1.0.jar.part").write_text("n")

    fetch(["tools"], settings, repository.lock)

    assert sorted(p.name for p in target.glob("[!.]*")) == ["hammer-1.0.jar", "nail-1.0.jar"]
