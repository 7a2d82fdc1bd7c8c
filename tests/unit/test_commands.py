"""docs/commands.md: every Invoke task with its options, made from the tasks themselves.

`python -m tests.unit.test_commands` writes it anew.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from inspect import getdoc
from itertools import groupby

from invoke import Argument, Task
from tasks import ns

from tests import ROOT

PAGE = ROOT / "docs" / "commands.md"
HEAD = """\
# Commands

Every command with its options. `invoke --list` prints the first sentence about each, `invoke --help COMMAND` the
options of one. All commands read [settings](../.env.example) from the environment and from `.env`. When something goes
wrong they end with exit code 1 and one message.

This page is made from the tasks by `python -m tests.unit.test_commands`; a test fails when it is out of date.
"""


def page() -> str:
    """Return docs/commands.md as the tasks say it should be: those of the whole stand, then one section a topic."""
    names = sorted(ns.task_names, key=lambda name: (topic(name), name))
    return HEAD + "".join(
        f"\n## {title}\n" + "".join(map(described, members)) for title, members in groupby(names, key=topic)
    )


def topic(name: str) -> str:
    """Return the part of a task's name before the dot; "" of a task of the whole stand becomes its title."""
    return name.rpartition(".")[0] or "The whole stand"


def described(name: str) -> str:
    """Return the part of the page about one task: how it is called, its docstring, and a table of its options."""
    task: Task = ns[name]  # type: ignore[type-arg]  # invoke's Task takes a parameter for its stubs only
    arguments = task.get_arguments()
    names = " ".join(["invoke", name, *(spelled(argument) for argument in arguments if required(argument))])
    return f"\n### `{names}`\n{getdoc(task)}\n" + "".join(table(arguments))


def table(arguments: Sequence[Argument]) -> Iterator[str]:
    """Yield the lines of the table of options: name, default, and what it is for."""
    if arguments:
        yield "\n| option | default | what it is |\n|---|---|---|\n"
    for argument in arguments:
        yield f"| `{spelled(argument)}` | {default(argument)} | {argument.help or ''} |\n"


def required(argument: Argument) -> bool:
    """Return whether an argument must be given, by its place alone: `kafka` in `invoke logs kafka`."""
    return bool(argument.positional) and argument.default is None and argument.kind is not list


def spelled(argument: Argument) -> str:
    """Return how an argument is written: `NAME` when its place is enough, else `--lines`."""
    name = str(argument.name)
    return name.upper() if required(argument) else "--" + name.replace("_", "-")


def default(argument: Argument) -> str:
    """Return the value that an option has by itself; nothing for a flag, and where there is none."""
    value = argument.default
    # Invoke has the class Parameter.empty as the default of an option that may be repeated.
    return "" if isinstance(value, bool | list | type) or value in {None, ""} else f"`{value}`"


def test_the_page_is_what_the_tasks_say() -> None:
    # In a process of its own: Invoke takes a task's help out of it when a command line is parsed, as other tests do.
    argv = [sys.executable, "-m", "tests.unit.test_commands", "--print"]
    printed = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert PAGE.read_text() == printed


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        print(page(), end="")
    else:
        PAGE.write_text(page())
