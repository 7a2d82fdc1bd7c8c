"""The Docker engine: whether it answers, short commands, and a client."""

from __future__ import annotations

import functools
import shutil
import subprocess
from typing import TYPE_CHECKING

from lakestand.errors import StandError

if TYPE_CHECKING:
    from docker import DockerClient

ASK_SECONDS = 10
POOL = 32  # every service may be asked about at once
HELP = "start it, let `invoke compose.engine` bring one (Debian, root), or run natively: LAKESTAND_RUNTIME=native"


def answers() -> bool:
    """Return whether `docker info` succeeds: that the program is installed does not mean that an engine runs."""
    return bool(shutil.which("docker")) and not run("info", "--format", "{{.ServerVersion}}")[0]


def run(*arguments: str) -> tuple[int, str]:
    """Return exit code and output of a short docker command; StandError when Docker is not installed."""
    try:
        completed = subprocess.run(
            ["docker", *arguments], check=False, capture_output=True, text=True, timeout=ASK_SECONDS
        )
    except FileNotFoundError:
        raise StandError(f"there is no program `docker` on PATH; {HELP}") from None
    except subprocess.TimeoutExpired:
        return 1, f"docker {arguments[0]} gave no answer within {ASK_SECONDS} s"
    return completed.returncode, (completed.stdout or completed.stderr).strip()


def version() -> str:
    """Return the engine's version, cores and memory in one line; StandError when none answers."""
    info = client().info()
    return f"{info['ServerVersion']}, {info['NCPU']} cores, {info['MemTotal'] / 1e9:.1f} GB"


def compose() -> str:
    """Return the version of Docker Compose; StandError when it is not installed."""
    code, text = run("compose", "version", "--short")
    if code:
        raise StandError("docker compose is missing: apt-get install docker-compose, or `invoke compose.engine`")
    return text


@functools.cache
def client() -> DockerClient:
    """Return a client of the engine that the docker command would ask; StandError when none answers."""
    # Slow to import, and not in every image.
    from docker import DockerClient  # noqa: PLC0415
    from docker.errors import DockerException  # noqa: PLC0415

    # The command knows contexts (Docker Desktop, rootless), the client only the default socket.
    code, host = run("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
    try:
        docker_client = DockerClient(base_url=None if code else host, timeout=60, max_pool_size=POOL)
        docker_client.ping()
    except DockerException as err:
        raise StandError(f"no Docker engine answers at {host}: {err}; {HELP}") from err
    return docker_client
