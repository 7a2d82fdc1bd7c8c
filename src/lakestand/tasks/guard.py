"""How a task ends on an expected error: one message and exit code 1, no traceback."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from filelock import Timeout
from invoke import Exit

from lakestand.errors import LakestandError

P = ParamSpec("P")
R = TypeVar("R")

NO_SPACE = 28
JSON = "print the result as JSON and nothing else"


def guarded(task: Callable[P, R]) -> Callable[P, R]:
    """Return *task* so that errors raised on purpose, a full disk and Ctrl-C end it with a message and an exit code."""

    @functools.wraps(task)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return task(*args, **kwargs)
        except LakestandError as err:
            raise Exit(f"error: {err}", code=1) from None
        except Timeout as err:
            raise Exit(f"error: another command works on this stand ({err.lock_file})", code=1) from None
        except KeyboardInterrupt:
            raise Exit("interrupted; what was started goes on: invoke status, invoke down", code=130) from None
        except OSError as err:
            raise Exit(_disk(err), code=1) from err if err.errno != NO_SPACE else None

    return run


def _disk(err: OSError) -> str:
    if err.errno == NO_SPACE:
        where = err.filename or Path.cwd()
        return f"error: the disk is full ({where}): free some room; invoke down --volumes frees the stand's"
    return f"error: {err}"
