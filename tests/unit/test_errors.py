"""Everything that is raised on purpose is in errors.py."""

from __future__ import annotations

import ast
import builtins

import pytest

from lakestand import errors
from lakestand.errors import LakestandError
from tests import ROOT

SOURCE = ROOT / "src" / "lakestand"
MODULES = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py") if path.name != "errors.py")
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, LakestandError)}
BUILTIN = {name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)}


def test_no_other_module_defines_an_error() -> None:
    strays = [
        f"{module}: {node.name}"
        for module in MODULES
        for node in ast.walk(ast.parse((SOURCE / module).read_text()))
        if isinstance(node, ast.ClassDef) and {getattr(base, "id", "") for base in node.bases} & (ERRORS | BUILTIN)
    ]

    assert strays == []


@pytest.mark.parametrize("name", sorted(ERRORS - {"LakestandError"}))
def test_every_error_is_used(name: str) -> None:
    # Raised by its name, or through a function or a class method that returns it.
    users = [str(module) for module in MODULES if f"{name}(" in (SOURCE / module).read_text()]

    assert users != []
