"""What every task has in common: `--verbose`, and one message and exit code 1 for an expected error."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeAlias, TypeVar

import invoke
from filelock import Timeout
from invoke import Exit

from lakestand import logs, view
from lakestand.errors import EXTRAS, LakestandError, MissingExtra
from lakestand.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")
Task: TypeAlias = "invoke.Task[Callable[..., None]]"

NO_SPACE = 28
JSON = "print the result as JSON and nothing else"
VERBOSE = "log on standard error what happens"
LOG_JSON = "log what happens as JSON lines on standard error, and print nothing else"


def task(
    *,
    help: Mapping[str, str] | None = None,  # noqa: A002  invoke's name
    extra: str = "",
    **options: Any,  # noqa: ANN401  invoke's
) -> Callable[[Callable[..., None]], Task]:
    """Make a function a task of Invoke as `invoke.task` does, guarded, and with a further option `--verbose`.

    A task with an option `--log-json` of its own logs JSON lines when it is given. *extra* is the extra of this project
    that brings all that the task imports.
    """

    def decorate(function: Callable[..., None]) -> Task:
        texts = dict(help or {}) | {"verbose": VERBOSE}
        made: Task = invoke.task(help=texts, **options)(guarded(_logging(function), extra))
        return made

    return decorate


def _logging(function: Callable[..., None]) -> Callable[..., None]:
    """*function* with a last parameter `verbose`, by which logging is configured before it begins."""

    @functools.wraps(function)
    def run(*args: object, verbose: bool = False, **kwargs: object) -> None:
        logs.configure(Settings.load().log_level, verbose=verbose, as_json=bool(kwargs.get("log_json")))
        function(*args, **kwargs)

    signature = inspect.signature(function)
    option = inspect.Parameter("verbose", inspect.Parameter.KEYWORD_ONLY, default=False)
    run.__signature__ = signature.replace(parameters=[*signature.parameters.values(), option])  # type: ignore[attr-defined]  # inspect looks for it
    return run


def guarded(function: Callable[P, R], extra: str = "") -> Callable[P, R]:
    """Return *function* so that expected errors, a full disk and Ctrl-C end it with a message and an exit code."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except LakestandError as err:
            raise _end(f"error: {err}") from None
        except ModuleNotFoundError as err:
            if (module := (err.name or "").partition(".")[0]) not in EXTRAS:
                raise
            raise _end(f"error: {MissingExtra(module, extra)}") from None
        except Timeout as err:
            raise _end(f"error: another command works on this stand ({err.lock_file})") from None
        except KeyboardInterrupt:
            raise _end("interrupted; what was started goes on: invoke status, invoke down", code=130) from None
        except OSError as err:
            raise _end(_disk(err)) from err if err.errno != NO_SPACE else None

    return run


def _end(message: str, code: int = 1) -> Exit:
    return Exit(view.spell(message), code=code)


def _disk(err: OSError) -> str:
    if err.errno == NO_SPACE:
        where = err.filename or Path.cwd()
        return f"error: the disk is full ({where}): free some room; invoke down --volumes frees the stand's"
    return f"error: {err}"
