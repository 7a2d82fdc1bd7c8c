"""The doctor: what it looks at, and that each lack comes with what helps."""

from __future__ import annotations

import platform
import socket
from pathlib import Path

import pytest

from lakestand.errors import ArtifactError
from lakestand.stand import checkout, doctor
from lakestand.stand.artifacts import gobuild, jre
from lakestand.stand.doctor import Finding
from lakestand.stand.runtimes.native import Native
from lakestand.stand.stack import Stack
from tests.unit import plain
from tests.unit.stand.toy import free_port, web


def lay(folder: Path, *ports: int) -> Stack:
    """A stack of web servers at *ports* that do not run."""
    services = {s.name: s for s in (web(f"mill{n}", port=port) for n, port in enumerate(ports))}
    return Stack(services=services, runtime=Native(root=folder / "stand", user="nobody", stop_timeout=5))


def named(found: list[Finding], what: str) -> Finding:
    (finding,) = (f for f in found if f.what == what)
    return finding


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With what takes long to make in the cache, and nothing else."""
    folder = tmp_path_factory.mktemp("doctor")
    (folder / "cache" / f"jre-{jre.VERSION}").mkdir(parents=True)
    alertmanager = folder / "cache" / "go" / gobuild.ALERTMANAGER.rpartition("@")[2] / "alertmanager"
    alertmanager.parent.mkdir(parents=True)
    alertmanager.touch()
    return folder


@pytest.fixture(scope="module")
def found(folder: Path) -> list[Finding]:
    """All findings, where nothing can be downloaded."""
    settings = plain.settings(cache_dir=folder / "cache", state_dir=folder / "state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder))
        return doctor.examine(settings, lay(folder, free_port(), free_port()))


def test_it_looks_at_these_things_in_this_order(found: list[Finding]) -> None:
    assert [f.what for f in found] == [
        *("platform", "Python", "user", "disk for artifacts", "disk for data", "memory", "ports"),
        *("Java", "MySQL's libraries", "Alertmanager", "artifacts"),
    ]


def test_the_platform_and_python_are_those_of_this_process(found: list[Finding]) -> None:
    assert named(found, "platform").found == f"{platform.system()} {platform.machine()}"
    assert named(found, "Python").found == platform.python_version()


@pytest.mark.parametrize(
    ("runtime", "remedy"),
    [
        (
            "auto",
            "LAKESTAND_RUNTIME=compose invoke up   # services' programs need glibc, which this Linux has not (Alpine?)",
        ),
        ("compose", ""),
    ],
)
def test_a_machine_that_cannot_run_services_natively_is_told_to_use_containers(
    runtime: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    found = list(doctor._platform(plain.settings(runtime=runtime)))  # noqa: SLF001

    assert named(found, "platform").remedy == remedy


def test_artifacts_that_are_not_there_are_counted_and_not_fetched(found: list[Finding], folder: Path) -> None:
    told = named(found, "artifacts").found

    assert told.startswith("0 of ")
    assert told.endswith(f" sets complete in {folder / 'cache'}")


def test_free_ports_are_counted(found: list[Finding]) -> None:
    assert named(found, "ports") == Finding("ports", "all 2 of services that are stopped are free")


def test_a_taken_port_is_told_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (finding,) = doctor._ports(lay(tmp_path, port, free_port()))  # noqa: SLF001

    assert finding.found.startswith(f"port {port} is taken by process ")
    assert finding.remedy == "LAKESTAND_PORT_OFFSET=10000 invoke up"


def test_every_taken_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        stack = lay(tmp_path, one.getsockname()[1], other.getsockname()[1])

        assert [f.what for f in doctor._ports(stack)] == ["port", "port"]  # noqa: SLF001


def test_the_port_of_a_service_that_runs_is_no_stranger(tmp_path: Path) -> None:
    stack = lay(tmp_path, free_port())
    stack.up()
    try:
        assert [f.what for f in doctor._ports(stack)] == ["ports"]  # noqa: SLF001
    finally:
        stack.down()


@pytest.mark.parametrize(("needed", "remedy"), [(0, ""), (10**9, "free 1000000000 GB there")])
def test_the_disk_is_looked_at_where_the_folder_will_be(
    needed: int, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "DISK_GB", needed)
    finding = doctor._room("disk", tmp_path / "not" / "yet")  # noqa: SLF001

    assert finding.found.endswith(f" GB free at {tmp_path}")
    assert finding.remedy == remedy


@pytest.mark.parametrize(
    ("needed", "remedy"), [(0, ""), (10**9, "free 1000000000 GB, or start less: invoke up --only postgres")]
)
def test_too_little_memory_comes_with_a_smaller_stand(
    needed: int, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "MEMORY_GB", needed)

    assert doctor._memory(lay(tmp_path)).remedy == remedy  # noqa: SLF001


def test_what_cannot_be_had_is_missing_with_its_reason() -> None:
    def look() -> object:
        raise ArtifactError("no apt-get here")

    assert doctor._tried("libaio", look) == Finding("libaio", "missing", "no apt-get here")  # noqa: SLF001


def test_the_remedys_service_exists() -> None:
    assert "postgres" in checkout.stack(plain.settings()).services
