"""A stand as a project of Docker Compose: its files, its variables, and the docker compose command."""

from __future__ import annotations

import json
import logging
import subprocess
from collections.abc import Callable, Sequence

from pydantic import SecretStr

from lakestand.errors import StandError
from lakestand.settings import PREFIX, Settings
from lakestand.stand.runtimes import home
from lakestand.stand.runtimes.compose import context, docker, published
from lakestand.stand.services import declare

# Settings that the files name beside ports, secrets and images.
NAMES = (
    *("host", "name", "postgres_user", "postgres_database", "mysql_user", "mysql_database"),
    *("s3_access_key_id", "s3_region", "warehouse_bucket", "delta_bucket"),
)
Report = Callable[[str], None]

logger = logging.getLogger(__name__)


def command(settings: Settings, *arguments: str) -> list[str]:
    """Return the docker compose command with the project and the files of this stand, and *arguments*."""
    files = [context.FILE, *([context.BUILD] if settings.images == "build" else [])]
    named = [part for file in files for part in ("--file", str(context.folder(settings) / file))]
    return ["docker", "compose", "--project-name", settings.name, *named, "--profile", "*", *arguments]


def variables(settings: Settings) -> dict[str, str]:
    """Return the variables that the Compose files ask for, to go by the environment: a command line shows secrets."""
    values = {name: value.get_secret_value() for name, value in settings if isinstance(value, SecretStr)}
    values |= {name: str(port) for name, port in settings.ports().items()}
    values |= {name: getattr(settings, name) for name in (*NAMES, *image_settings())}
    values |= {"home": str(settings.home), "runbook_url": settings.runbooks}
    return {PREFIX + name.upper(): value for name, value in values.items() if value}


def image_settings() -> list[str]:
    """Return the names of all settings that replace a published image."""
    return [name for name in Settings.model_fields if name.endswith("_image")]


def run(settings: Settings, *arguments: str, quiet: bool = True) -> str:
    """Run one docker compose command and return its output; StandError with the end of its messages when it fails."""
    logger.debug("docker compose %s", " ".join(arguments))
    environ = home.clean_environment() | variables(settings)
    out = subprocess.PIPE if quiet else None
    argv, folder = command(settings, *arguments), context.folder(settings)
    completed = subprocess.run(argv, check=False, stdout=out, stderr=out, text=True, env=environ, cwd=folder)
    if completed.returncode:
        messages = (completed.stderr or completed.stdout or "its output is above").strip()
        raise StandError(
            f"docker compose {' '.join(arguments)} failed: {messages[-1500:]}{_way_out(settings, messages)}"
        )
    return completed.stdout or ""


def create(settings: Settings, names: Sequence[str], report: Report) -> None:
    """Create images, network, volumes and containers of *names*, and start none of them.

    *report* gets a line for a person before images are pulled or built.

    Raises:
        StandError: when the engine has too little memory, or a command fails.
    """
    _refuse_small_engine(settings, names)
    settings.home.mkdir(parents=True, exist_ok=True)
    if settings.images == "pull":
        published.write(settings, names)
    if missing := find_missing_images(settings, names):
        _obtain(settings, missing, report)
    run(settings, "create", "--no-build", "--pull", "never", *names)


def _refuse_small_engine(settings: Settings, names: Sequence[str]) -> None:
    has = docker.client().info()["MemTotal"] / 1e9
    # Measured: idle services take a quarter of their limits, under load a half.
    needed = sum(service.memory_mb for name, service in declare(settings).items() if name in names) * 2**20 / 2e9
    if has < needed:
        raise StandError(
            f"Docker has {has:.1f} GB of memory, {', '.join(names)} need {needed:.1f} GB: give it more, or start less: "
            "invoke up --only postgres"
        )


def _obtain(settings: Settings, names: Sequence[str], report: Report) -> None:
    wanted = read_images(settings)
    own = [name for name in names if built_here(wanted[name])]
    foreign = [name for name in names if name not in own]
    for verb, some, get in (("building", own, build), ("pulling", foreign, _pull)):
        if some:
            report(f"first start with these images: {verb} those of {', '.join(some)} takes minutes")
            get(settings, some)


def built_here(image: str) -> bool:
    """Whether no registry has *image*, for a file of docker/ makes it."""
    return image.startswith("lakestand/")


def build(settings: Settings, names: Sequence[str] = ()) -> None:
    """Build the images of *names*, by default all, with Docker's own display of its progress."""
    run(settings, "build", *names, quiet=False)


def _pull(settings: Settings, names: Sequence[str]) -> None:
    try:
        run(settings, "pull", *names, quiet=False)
    except StandError:
        run(settings, "pull", "--quiet", *names)  # for the words that the display has had


def resolve(settings: Settings) -> str:
    """Return the Compose file as Docker resolves it; in the place of a secret it has its setting's name."""
    hidden = {name: SecretStr(f"<{PREFIX}{name.upper()}>") for name in Settings.secret_fields()}
    return run(settings.model_copy(update=hidden), "config")


def find_missing_images(settings: Settings, names: Sequence[str]) -> list[str]:
    """Return those of *names* whose image is not on this machine."""
    wanted = read_images(settings)
    there = {tag for image in docker.client().images.list() for tag in image.tags}
    return [name for name in names if wanted[name] not in there]


def read_images(settings: Settings) -> dict[str, str]:
    """Return service → image, as the resolved Compose file has them."""
    lines = run(settings, "config", "--format", "json")
    return {name: service["image"] for name, service in json.loads(lines)["services"].items()}


def _way_out(settings: Settings, messages: str) -> str:
    if settings.images == "pull" and any(
        word in messages for word in ("pull access", "not found", "no such host", "dial")
    ):
        return (
            "; where no container registry can be reached, all images can be built from package registries: "
            "LAKESTAND_IMAGES=build invoke up"
        )
    return ""
