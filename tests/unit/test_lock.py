"""poetry.lock holds what pyproject.toml asks for."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKED: dict[str, list[str]] = defaultdict(list)
for package in tomllib.loads((ROOT / "poetry.lock").read_text())["package"]:
    LOCKED[canonicalize_name(package["name"])].append(package["version"])


def declared() -> Iterator[str]:
    """Return all requirements: of the project, of its extras and of its groups."""
    project, groups = PYPROJECT["project"], PYPROJECT["dependency-groups"]
    for lines in (project["dependencies"], *project["optional-dependencies"].values(), *groups.values()):
        yield from (line for line in lines if isinstance(line, str))  # the rest includes another group


@pytest.mark.parametrize("line", sorted(set(declared())))
def test_every_dependency_is_locked_at_a_version_that_it_allows(line: str) -> None:
    wanted = Requirement(line)
    locked = LOCKED[canonicalize_name(wanted.name)]

    assert locked
    assert [version for version in locked if version not in wanted.specifier] == []
