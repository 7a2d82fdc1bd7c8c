"""Connect's plugin folder for Avro: the converter's jars, and the manifest that they lack."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from lakestand.settings import Settings

INTERFACE = "META-INF/services/org.apache.kafka.connect.storage.Converter"
CONVERTER = "io.apicurio.registry.utils.converter.AvroConverter"


def avro(jars: Sequence[Path], settings: Settings) -> Path:
    """A folder for plugin.path with one plugin of *jars*; built once in the cache.

    Connect finds plugins by their manifests alone (plugin.discovery=service_load), and this converter has none.
    """
    key = hashlib.sha256("\n".join(map(str, jars)).encode()).hexdigest()[:12]
    folder = settings.cache_dir / "plugins" / f"avro-{key}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            _fill(Path(scratch, "plugins", "avro"), jars)
            Path(scratch, "plugins").rename(folder)
    return folder


def _fill(folder: Path, jars: Sequence[Path]) -> None:
    folder.mkdir(parents=True)
    for jar in jars:
        shutil.copy(jar, folder / jar.name)
    with zipfile.ZipFile(folder / "manifest.jar", "w") as file:
        file.writestr(INTERFACE, f"{CONVERTER}\n")
