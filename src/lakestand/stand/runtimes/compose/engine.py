"""A Docker engine of our own where none answers: started by us, and stopped without a trace in the network."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from lakestand import probe
from lakestand.errors import NotReady, StandError
from lakestand.settings import Settings
from lakestand.stand import privileges
from lakestand.stand.runtimes.compose import debian, docker, network
from lakestand.stand.runtimes.native import Native
from lakestand.stand.service import Process, Service

START_SECONDS = 60.0
Report = Callable[[str], None]


def ensure(settings: Settings, report: Report) -> bool:
    """Make sure that there are an engine, buildx, Compose and debian:bookworm-slim.

    Returns whether the engine was started now. *report* gets a line for a person before anything that takes long.

    Raises:
        StandError: when no engine answers and this process, which is not root, cannot start one.
    """
    started = not docker.answers()
    if started:
        _refuse_strangers_to_root()
        if debian.lacks_programs():
            report("installing Docker's engine, buildx and Compose from Debian 13")
            debian.install()
        _start(settings)
    if not debian.has_base():
        report(f"making {debian.BASE} from Debian's packages, for no registry has it")
        debian.make_base()
    return started


def stop(settings: Settings, *, purge: bool) -> bool:
    """Stop the engine that `ensure` started, and undo what it changed in the network; delete its images when *purge*.

    Returns whether it ran.
    """
    native, service = _native(settings), _service()
    ran = native.running(service)
    if ran:
        native.stop(service)
        network.restore(native.root / network.SAVED)
    if purge:
        shutil.rmtree(native.root, ignore_errors=True)
    return ran


def _start(settings: Settings) -> None:
    native, service = _native(settings), _service()
    native.root.mkdir(parents=True, exist_ok=True)
    network.save(native.root / network.SAVED)
    native.start(service)
    try:
        probe.wait(service.ready, START_SECONDS, lambda: native.running(service))
    except NotReady as err:
        raise StandError(f"dockerd does not come up: {err}\n{native.log(service).tail()}") from err


def _native(settings: Settings) -> Native:
    return Native(root=settings.cache_dir / "engine", stop_timeout=30)


def _service() -> Service:
    return Service(
        name="dockerd",
        title="Docker's engine",
        ports=(),
        ready=_answers,
        memory_mb=256,
        process=lambda: Process(
            argv=lambda folder: [
                *("dockerd", f"--data-root={folder}/data", f"--exec-root={folder}/exec"),
                *(f"--pidfile={folder}/dockerd.pid", "--userland-proxy=true"),
            ],
            stale=("dockerd.pid",),
        ),
    )


def _answers() -> None:
    code, output = docker.run("info", "--format", "{{.ServerVersion}}")
    if code:
        raise NotReady(output.splitlines()[-1] if output else "docker info: no answer")


def _refuse_strangers_to_root() -> None:
    if not privileges.is_root():
        raise StandError("no Docker engine answers, and only root can start one: use sudo, or start Docker by hand")
