"""Tasks compose.*: Docker's engine, the images of the services, and the resolved Compose file."""

from __future__ import annotations

from invoke import Context

from lakestand import view
from lakestand.settings import Settings
from lakestand.tasks.guard import task


@task(
    help={
        "stop": "stop the engine that this task started, and undo its changes to the network",
        "purge": "with --stop: also delete its images and data",
    }
)
def engine(_c: Context, stop: bool = False, purge: bool = False) -> None:
    """Make sure that a Docker engine with buildx and Compose answers; if none does, start Debian's, as root."""
    from lakestand.stand.runtimes.compose import engine as engines

    config = Settings.load()
    if stop:
        was = engines.stop(config, purge=purge)
        view.console.print("stopped, network as before" if was else "none of ours runs")
        return
    started = engines.ensure(config, view.console.print)
    text = "started; `invoke compose.engine --stop` stops it" if started else "a Docker engine answers"
    view.say(text)


@task()
def build(_c: Context) -> None:
    """Build all images from debian:bookworm-slim and package registries (LAKESTAND_IMAGES=build uses them)."""
    from lakestand.settings import credentials
    from lakestand.stand.runtimes.compose import project

    project.build(credentials.ensure().model_copy(update={"runtime": "compose", "images": "build"}))


@task(name="config")
def config_(_c: Context) -> None:
    """Print the resolved Compose file, without secrets."""
    from lakestand.stand.runtimes.compose import project

    print(project.resolve(Settings.load().model_copy(update={"runtime": "compose"})))
