"""Connect's plugin folders: Avro's converter with the manifest that it lacks, and Debezium with classes of our own."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from lakestand.settings import Settings
from lakestand.stand.once import build_once

INTERFACE = "META-INF/services/org.apache.kafka.connect.storage.Converter"
CONVERTER = "io.apicurio.registry.utils.converter.AvroConverter"
TRANSFORMATION = "org.apache.kafka.connect.transforms.Transformation"
# The folders of Debezium's plugins, and those of our classes for each.
VALUES = {
    "debezium-connector-postgres": "postgres",
    "debezium-connector-mysql": "binlog",
    "debezium-connector-mariadb": "binlog",
}


def avro(jars: Sequence[Path], settings: Settings) -> Path:
    """Return a folder for plugin.path with one plugin made of *jars*; built once in the cache.

    Connect finds plugins by their manifests alone (plugin.discovery=service_load), and this converter has none.
    """
    key = hashlib.sha256("\n".join(map(str, jars)).encode()).hexdigest()[:12]
    return build_once(settings.cache_dir / "plugins" / f"avro-{key}", lambda folder: _fill(folder / "avro", jars))


def _fill(folder: Path, jars: Sequence[Path]) -> None:
    folder.mkdir(parents=True)
    for jar in jars:
        shutil.copy(jar, folder / jar.name)
    with zipfile.ZipFile(folder / "manifest.jar", "w") as file:
        file.writestr(INTERFACE, f"{CONVERTER}\n")


def debezium(plugins: Path, values: Mapping[str, Path], settings: Settings) -> Path:
    """Return a folder for plugin.path with Debezium's *plugins* and a jar of *values* in the folder of each.

    A plugin's classes are seen by that plugin alone, so a converter of values must lie in the connector's own folder.
    """
    key = hashlib.sha256(f"{plugins}\n{sorted(values.items())}".encode()).hexdigest()[:12]

    def fill(folder: Path) -> None:
        shutil.copytree(plugins, folder, copy_function=_link)
        for plugin, jar in values.items():
            shutil.copy(jar, folder / plugin / "lakestand-values.jar")

    return build_once(settings.cache_dir / "plugins" / f"debezium-{key}", fill)


def transformation(jar: Path, settings: Settings) -> Path:
    """Return a folder for plugin.path with one plugin, the transformation in *jar*."""

    def fill(folder: Path) -> None:
        (folder / "lakestand").mkdir(parents=True)
        shutil.copy(jar, folder / "lakestand" / jar.name)

    return build_once(settings.cache_dir / "plugins" / jar.stem, fill)


def _link(source: str, target: str) -> str:
    """Give the file *source* a second name: the cache needs no second copy of 100 MB."""
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        return str(shutil.copy(source, target))
    return target
