"""A service listens where its table says and nowhere else, so that a second stand comes up beside the first."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakestand.lake import store
from lakestand.settings import Settings
from lakestand.stand.services import declare
from lakestand.stand.stack import Stack
from tests.fixtures.documents import ROOT, Step, run
from tests.unit import plain

AWAY = 10_000
README = (ROOT / "README.md").read_text()
# All but MariaDB, which is not everywhere.
NAMES = [name for name in declare(plain.settings()) if name != "mariadb"]


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.services(name)) for name in NAMES])
def test_a_service_listens_at_ports_of_its_own_and_at_no_other(stack: Stack, name: str) -> None:
    service = stack.services[name]
    listeners = {port for _address, port in stack.runtime.listeners([service])}

    assert listeners
    assert sorted(listeners - set(service.ports)) == []


@pytest.fixture
def second(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Start README's second stand beside this one, with the object store as its only service."""
    monkeypatch.setenv("LAKESTAND_STATE_DIR", str(tmp_path))
    (command,) = re.findall(rf"`(LAKESTAND_NAME=two LAKESTAND_PORT_OFFSET={AWAY} invoke) up`", README)
    invoke = command.replace(str(AWAY), str(settings.port_offset + AWAY))
    try:
        _shell(f"{invoke} up --only minio")
        yield settings.model_copy(update={"name": "two", "port_offset": settings.port_offset + AWAY})
    finally:
        _shell(f"{invoke} down --volumes")


def _shell(command: str) -> None:
    run(Step(("bash", "-ec", command), command))


@pytest.mark.services("minio")
def test_the_object_store_of_readmes_second_stand_is_another_than_the_firsts(
    settings: Settings, second: Settings
) -> None:
    path = f"{settings.warehouse_bucket}/{uuid.uuid4().hex}"
    stores = {stand.name: store.s3(stand) for stand in (settings, second)}
    for name, filesystem in stores.items():
        with filesystem.open_output_stream(path) as file:
            file.write(name.encode())
    content = {name: filesystem.open_input_file(path).read().decode() for name, filesystem in stores.items()}
    stores[settings.name].delete_file(path)

    assert content == {settings.name: settings.name, "two": "two"}
