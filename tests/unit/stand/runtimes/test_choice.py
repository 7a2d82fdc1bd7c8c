"""Which runtime a stand gets that was not told: native wherever it can run, Docker Compose where it cannot."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from lakestand import settings as conf
from lakestand.errors import StandError
from lakestand.stand.runtimes import choice
from tests.unit import plain

HINDERED = "services' programs are for Linux on x86_64, this is Darwin on arm64"


def machine(monkeypatch: pytest.MonkeyPatch, system: str, processor: str, libc: str) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: processor)
    monkeypatch.setattr(platform, "libc_ver", lambda: (libc, ""))


def never() -> bool:
    pytest.fail("an engine was asked for")


def test_native_is_taken_wherever_it_can_run_whether_an_engine_answers_or_not() -> None:
    assert choice.choose("", engine=never) == "native"


def test_compose_is_taken_where_native_cannot_run_and_an_engine_answers() -> None:
    assert choice.choose(HINDERED, engine=lambda: True) == "compose"


def test_without_either_what_hinders_and_what_helps_are_told() -> None:
    with pytest.raises(StandError) as caught:
        choice.choose(HINDERED, engine=lambda: False)

    assert str(caught.value).startswith(f"{HINDERED}, and no Docker engine answers: start one")
    assert "LAKESTAND_RUNTIME=native" in str(caught.value)


@pytest.mark.parametrize(
    ("system", "processor", "libc", "hinders"),
    [
        ("Linux", "x86_64", "glibc", ""),
        ("Darwin", "arm64", "", HINDERED),
        ("Linux", "aarch64", "glibc", "services' programs are for Linux on x86_64, this is Linux on aarch64"),
        ("Linux", "x86_64", "", "services' programs need glibc, which this Linux has not (Alpine?)"),
    ],
)
def test_native_needs_linux_on_x86_64_with_glibc(
    system: str, processor: str, libc: str, hinders: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(monkeypatch, system, processor, libc)

    assert choice.hindrance() == hinders


def test_a_runtime_that_was_asked_for_is_taken_as_it_is_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(monkeypatch, "Linux", "x86_64", "glibc")
    asked = plain.settings(state_dir=tmp_path, runtime="compose", images="build")

    assert choice.settle(asked) == asked
    assert asked.runtime_file.read_text() == "compose build"


def test_a_stand_that_was_not_told_is_native_here_and_remembers_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine answers: it does not matter."""
    machine(monkeypatch, "Linux", "x86_64", "glibc")
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 28.2.2\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    settings = plain.settings(state_dir=tmp_path / "state")

    assert conf.Settings.model_fields["runtime"].default == settings.runtime == "auto"
    assert choice.settle(settings).runtime == "native"
    assert settings.runtime_file.read_text() == "native pull"
