"""The command `lakestand`: the tasks of `invoke`, in any folder."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version

from invoke import Program

from lakestand import view
from lakestand.tasks.namespace import NAMESPACE

NAME = "lakestand"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the tasks that *arguments* name, by default those of the command line, and end the process.

    The exit code is 0, 1 after an error, or 130 after Ctrl-C.
    """
    view.program = NAME
    given = sys.argv[1:] if arguments is None else arguments
    Program(version=version(NAME), namespace=NAMESPACE, name=NAME, binary=NAME).run([NAME, *given])
