"""docs/architecture/code.md: the rooms of the package, in the order of the import contract in pyproject.toml.

`python -m tests.unit.test_code` writes it anew.
"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

from tests import ROOT

PAGE = ROOT / "docs" / "architecture" / "code.md"
PACKAGE = ROOT / "src" / "lakestand"
(CONTRACT,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
HEAD = """\
# The rooms of the code

The package `lakestand` has few rooms, and each holds one thing. They stand here from the highest to the lowest: a
module imports only from its own room and from those on levels below it (`probe.py` also raises what `errors.py`
holds), so no two rooms import each other. `nox -s lint` checks it with import-linter, by the contract in
pyproject.toml. This page is made of that contract and of the rooms' docstrings by `python -m tests.unit.test_code`; a
test fails when it is out of date.

| level | room | what it holds |
|---|---|---|
"""
WITHIN = """
## Rooms within rooms
| room | what it holds |
|---|---|
"""


def page() -> str:
    """The document, as contract and docstrings say it should be."""
    levels = [[path for room in rooms if (path := place(room))] for rooms in layers(CONTRACT)]
    ordered = [(number, path) for number, paths in enumerate(filter(None, levels), 1) for path in paths]
    within = [inner.parent for _, path in ordered for inner in sorted(path.glob("*/**/__init__.py"))]
    return (
        HEAD
        + "".join(f"| {number} | {link(path)} | {sentence(path)} |\n" for number, path in ordered)
        + WITHIN
        + "".join(f"| {link(path)} | {sentence(path)} |\n" for path in within)
    )


def layers(contract: dict[str, Any]) -> list[list[str]]:
    """The names of each level's rooms, highest level first: "probe : view" → ["probe", "view"]."""
    return [re.findall(r"\w+", layer) for layer in contract["layers"]]


def place(room: str) -> Path | None:
    """The folder or the file of a room; None of one that the contract allows and nobody has built yet."""
    return next((path for path in (PACKAGE / room, PACKAGE / f"{room}.py") if path.exists()), None)


def link(path: Path) -> str:
    """A link to a room from the page, by its name within the package: `lake/iceberg/`."""
    return f"[{path.relative_to(PACKAGE)}{'/' if path.is_dir() else ''}](../../{path.relative_to(ROOT)})"


def sentence(path: Path) -> str:
    """The first sentence of a room's docstring."""
    source = path / "__init__.py" if path.is_dir() else path
    text = ast.get_docstring(ast.parse(source.read_text())) or ""
    return re.split(r"(?<=\.)\s", text)[0]


def test_the_page_is_what_the_contract_and_the_rooms_say() -> None:
    assert PAGE.read_text() == page()


def test_no_import_and_no_room_is_exempt_from_the_contract() -> None:
    assert {"exhaustive", "ignore_imports", "exhaustive_ignores"} & set(CONTRACT) == {"exhaustive"}
    assert CONTRACT["exhaustive"]


if __name__ == "__main__":
    PAGE.write_text(page())
