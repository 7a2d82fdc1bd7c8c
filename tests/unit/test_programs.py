"""The programs in the documents, and those that tests give to a Python of its own, name nothing that is not there.

That those of the documents do what they say is the story `docs`.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT
from tests.fixtures.documents import BLOCK

IMPORT = re.compile(r"^(from|import) \w", re.MULTILINE)


def of_documents() -> Iterator[tuple[str, str]]:
    """Yield a name and the text of each program in the documents."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for number, block in enumerate(BLOCK.finditer(page.read_text())):
            if block["language"] == "python":
                yield f"{page.stem}-{number}", block["text"]


def of_tests() -> Iterator[tuple[str, str]]:
    """Yield a name and the text of each program that stands as a text in a test."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Constant(value=str(text), lineno=line) if (
                    "\n" in text and IMPORT.search(text) and parses(text)
                ):
                    yield f"{path.stem}-{line}", text


PARTS = re.compile(r"^```py\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("part", PARTS.findall((ROOT / "docs" / "testing.md").read_text()))
def test_what_the_page_on_tests_shows_is_in_the_example(part: str) -> None:
    assert part in (ROOT / "examples" / "search_index" / "test_search_index.py").read_text()


def parses(text: str) -> bool:
    """Return whether *text* is Python."""
    with contextlib.suppress(SyntaxError):
        return bool(ast.parse(text))
    return False


PROGRAMS = [pytest.param(ast.parse(text), id=name) for name, text in (*of_documents(), *of_tests())]
every = pytest.mark.parametrize("program", PROGRAMS)


@every
def test_everything_that_a_program_imports_from_lakestand_exists(program: ast.Module) -> None:
    imports = [node for node in ast.walk(program) if isinstance(node, ast.ImportFrom)]
    own = [(node.module, alias.name) for node in imports if is_own(node) for alias in node.names]

    assert [f"{module}.{name}" for module, name in own if not exists(str(module), name)] == []


@every
def test_every_name_that_a_program_uses_is_bound_in_it(program: ast.Module) -> None:
    used = {node.id for node in ast.walk(program) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}

    assert used - set(bound(program)) - {*dir(builtins), "__file__"} == set()


def is_own(node: ast.ImportFrom) -> bool:
    """Whether an import is from this package: others may be of an extra that is not installed."""
    return (node.module or "").partition(".")[0] == "lakestand"


def exists(module: str, name: str) -> bool:
    """Whether *name* can be imported from *module*: as one of its names, or as a module in it."""
    folder = Path(ROOT, "src", *module.split("."))
    submodule = (folder / name).is_dir() or (folder / f"{name}.py").is_file()
    return submodule or hasattr(importlib.import_module(module), name)


def bound(program: ast.Module) -> Iterator[str]:
    """Yield the names that a program assigns, imports, defines or takes as arguments, in whichever scope."""
    for node in ast.walk(program):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.ExceptHandler(name=str(name)):
                yield name
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from (alias.asname or alias.name for alias in aliases)
