"""`python -m lakestand.stand.container SERVICE`: a service as the one process of its container, as it runs natively.

`python -m lakestand.stand.container prepare SERVICE` is for the build of an image: what the service needs is fetched
and built, so that it starts from a read-only image without a network.
`python -m lakestand.stand.container converter FOLDER` is for docker/connect/Dockerfile: it puts Connect's Avro
converter, and the classes of ours that Connect runs, into a new folder.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from pydantic import SecretStr

from lakestand.errors import LakestandError
from lakestand.settings import Settings
from lakestand.stand import artifacts, class_data
from lakestand.stand.runtimes import home
from lakestand.stand.services import connect, declare

DATA = Path("/data")


def run(name: str) -> None:
    """Fill the container's volume with the folder of the service *name*, and replace this process by the service."""
    process = declare(Settings.load())[name].process()
    home.prepare(DATA, process)
    os.chdir(DATA)
    argv = process.argv(DATA)
    os.execvpe(argv[0], argv, home.process_environment(process))  # noqa: S606


def prepare(name: str) -> None:
    """Fetch and build all that the service *name* needs to start: artifacts, class-data archives and seeds."""
    settings = Settings.load().model_copy(update=dict.fromkeys(Settings.secret_fields(), SecretStr("of a build")))
    service = declare(settings)[name]
    class_data.build(settings, declare, class_data.find_missing([service]))
    process = service.process()
    with tempfile.TemporaryDirectory() as folder:
        if process.setup:
            process.setup(Path(folder))


def converter(folder: Path) -> None:
    """Copy the plugin with which Connect writes Avro, and our own classes, to *folder*, which must not exist.

    The classes for Debezium's plugins are in folders with the names of these.
    """
    settings = Settings.load()
    shutil.copytree(artifacts.avro_plugin(settings) / "avro", folder / "avro-converter")
    debezium, transformation = artifacts.debezium_plugins(*connect.own_classes(), settings)
    shutil.copytree(transformation, folder, dirs_exist_ok=True)
    for jar in debezium.glob("*/lakestand-values.jar"):
        (folder / jar.parent.name).mkdir()
        shutil.copy(jar, folder / jar.parent.name)


def main(arguments: list[str]) -> int:
    """Run `SERVICE` or `prepare SERVICE`; return the exit code, 1 after a message for an expected error."""
    try:
        if arguments[0] == "prepare":
            prepare(arguments[1])
        elif arguments[0] == "converter":
            converter(Path(arguments[1]))
        else:
            run(arguments[0])
    except LakestandError as err:
        print(err, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
