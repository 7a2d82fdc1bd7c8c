"""Connect's plugin folder for Avro: the converter's jars, and the manifest that they lack."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

from lakestand.settings import Settings
from lakestand.stand.once import build_once

INTERFACE = "META-INF/services/org.apache.kafka.connect.storage.Converter"
CONVERTER = "io.apicurio.registry.utils.converter.AvroConverter"


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
