"""The configuration of published images: the files of docker/, filled in for containers, where images look for them.

They hold no secrets: those go by the environment. Images built by docker/Dockerfile fill in their own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lakestand.settings import Settings
from lakestand.stand import configs
from lakestand.stand.services import alertmanager, connect, iceberg_rest, kafka, prometheus, schema_registry

Files = Mapping[str, str]


def write(settings: Settings, names: Sequence[str]) -> None:
    """Write the files of *names* into the folder `published` of the stand, in place of what was there."""
    within = settings.within
    for name in names:
        folder = settings.home / "published" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file, text in FILES[name](within).items() if name in FILES else ():
            (folder / file).write_text(text)


def _alertmanager(within: Settings) -> Files:
    return {name: text for name, text in alertmanager.files(within).items() if name.endswith((".yml", ".tmpl"))}


def _catalog(within: Settings) -> Files:
    """The image reads variables: a key's hyphens become two underscores, its dots one."""
    (text,) = iceberg_rest.files(within, "/home/iceberg/catalog.db").values()
    pairs = [line.split(": ", 1) for line in text.splitlines() if ": " in line and not line.startswith("#")]
    lines = [f"CATALOG_{k.replace('-', '__').replace('.', '_').upper()}={v.strip(chr(34))}" for k, v in pairs]
    return {"catalog.env": "\n".join(lines) + "\n"}


def _spark(within: Settings) -> Files:
    return {
        "spark-defaults.conf": configs.render("spark", "spark-defaults.conf", within, s3_endpoint=within.s3_endpoint)
    }


FILES: dict[str, Callable[[Settings], Files]] = {
    "kafka": lambda within: kafka.files(within, Path("/var/lib/kafka/data")),
    "connect": lambda within: connect.files(within, Path("/kafka/connect")),
    "schema-registry": lambda within: schema_registry.files(within, "/data/registry"),
    "iceberg-rest": _catalog,
    "alertmanager": _alertmanager,
    "prometheus": prometheus.files,
    "spark": _spark,
}
