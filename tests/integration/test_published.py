"""What is written for published images, as far as it runs without an engine: by the programs that are in them."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from lakestand.clients import s3
from lakestand.settings import Settings
from lakestand.stand import container
from lakestand.stand.runtimes.native import Native
from lakestand.stand.runtimes.ports import free_offset
from lakestand.stand.service import Process
from lakestand.stand.services import minio
from lakestand.stand.stack import Stack
from tests import ROOT
from tests.fixtures.alerting import running

SCRIPTS = ROOT / "docker" / "minio"


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """The object store as the entry point of its image starts it, with a container's options on ports of its own."""
    offset = settings.port_offset + free_offset(settings.ports().values())
    moved = settings.model_copy(update={"port_offset": offset, "runtime": "native"})
    environ = {
        "IDENTITIES": str(SCRIPTS / "s3.json"),
        "FOLDER": str(tmp_path / "minio"),
        "PATH": f"{minio.weed().parent}{os.pathsep}{os.environ['PATH']}",
        **credentials(settings),
    }
    process = Process(
        argv=lambda folder: ["sh", str(SCRIPTS / "entrypoint.sh"), "mini", f"-dir={folder}", *minio.options(moved)],
        env=environ,
    )
    service = dataclasses.replace(minio.service(moved), process=lambda: process)
    with running(Stack(services={"minio": service}, runtime=Native(root=tmp_path))):
        yield moved


def credentials(settings: Settings) -> dict[str, str]:
    secret = settings.s3_secret_access_key.get_secret_value()
    return {"S3_ACCESS_KEY_ID": settings.s3_access_key_id, "S3_SECRET_ACCESS_KEY": secret}


def test_the_object_stores_entry_point_knows_the_stands_credentials_alone(store: Settings, tmp_path: Path) -> None:
    assert s3.list_buckets(store) == []
    assert requests.get(store.s3_endpoint, timeout=5).status_code == 403
    assert requests.get(f"{store.s3_endpoint}/healthz", timeout=5).status_code == 200  # the image's health check
    assert (tmp_path / "minio" / "s3.json").stat().st_mode & 0o077 == 0


def test_buckets_are_made_once(store: Settings) -> None:
    addresses = {"S3_ENDPOINT": store.s3_endpoint, "S3_REGION": store.s3_region, "BUCKETS": "warehouse delta"}
    environ = os.environ | credentials(store) | addresses
    outputs = [
        subprocess.run(
            ["sh", SCRIPTS / "init-buckets.sh"], check=True, capture_output=True, text=True, env=environ
        ).stdout
        for _ in range(2)
    ]

    assert outputs == [
        "made: bucket warehouse\nmade: bucket delta\n",
        "there: bucket warehouse\nthere: bucket delta\n",
    ]
    assert s3.list_buckets(store) == ["delta", "warehouse"]


def test_connects_image_gets_the_converter_that_runs_natively(tmp_path: Path) -> None:
    plugins = tmp_path / "plugins"

    assert container.main(["converter", str(plugins)]) == 0
    folder = plugins / "avro-converter"
    assert (folder / "apicurio-registry-utils-converter-2.6.13.Final.jar").is_file()
    with zipfile.ZipFile(folder / "manifest.jar") as manifest:
        (name,) = manifest.namelist()
        assert name == "META-INF/services/org.apache.kafka.connect.storage.Converter"
        assert manifest.read(name) == b"io.apicurio.registry.utils.converter.AvroConverter\n"
    assert sorted(jar.parent.name for jar in plugins.glob("*/lakestand-values.jar")) == [
        "debezium-connector-mariadb",
        "debezium-connector-mysql",
        "debezium-connector-postgres",
    ]
    assert [jar.parent.name for jar in plugins.glob("*/NoDefaults-*.jar")] == ["lakestand"]
