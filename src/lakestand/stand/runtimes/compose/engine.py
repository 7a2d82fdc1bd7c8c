"""A Docker engine of this machine's own, where none answers: started, and stopped without a trace in its network."""

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
    """Have an engine, buildx, Compose and debian:bookworm-slim; True when the engine was started now."""
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
    """Stop the engine that `ensure` started and undo what it changed in the network; with its images when *purge*."""
    native, service = _native(settings), _service()
    was = native.running(service)
    if was:
        native.stop(service)
        network.restore(native.root / network.SAVED)
    if purge:
        shutil.rmtree(native.root, ignore_errors=True)
    return was


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
    code, said = docker.run("info", "--format", "{{.ServerVersion}}")
    if code:
        raise NotReady(said.splitlines()[-1] if said else "docker info: no answer")


def _refuse_strangers_to_root() -> None:
    if not privileges.is_root():
        raise StandError("no Docker engine answers, and only root can start one: use sudo, or start Docker by hand")
