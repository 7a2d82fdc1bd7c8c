"""The examples in docstrings are run."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src"


def with_examples() -> list[str]:
    """Return the names of the modules whose docstrings have examples."""
    files = [path for path in (SOURCES / "lakestand").rglob("*.py") if ">>> " in path.read_text()]
    return sorted(".".join(path.relative_to(SOURCES).with_suffix("").parts) for path in files)


@pytest.mark.parametrize("module", with_examples())
def test_the_examples_of_a_module_give_what_they_show(module: str) -> None:
    failed, run = doctest.testmod(importlib.import_module(module))

    assert (failed, run > 0) == (0, True)
