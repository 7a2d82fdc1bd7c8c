"""How a task ends: what is raised on purpose is one message and an exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import Timeout
from invoke import Exit

from lakestand import errors
from lakestand.errors import LakestandError
from lakestand.tasks.guard import guarded
from tests import ROOT

PLAIN = [
    *(errors.BadSetting, errors.BadArgument, errors.ArtifactError, errors.NotReady, errors.Refused, errors.StandError),
    *(errors.ServiceError, errors.ConnectorFailed, errors.PipelineError, errors.UnknownType, errors.IncompatibleSchema),
    *(
        errors.PositionError,
        errors.Halted,
        errors.NameCollision,
        errors.Overtaken,
        errors.SinkAway,
        errors.TableGone,
        errors.TableError,
        errors.Drift,
    ),
    *(errors.Incomplete, errors.MeasurementFailed, errors.BadRecord, errors.NotMeasured, errors.RequestTooLarge),
]
EVERY: list[LakestandError] = [
    *(kind("what is wrong") for kind in PLAIN),
    errors.StartFailed("mill", 1.0, "no wind", "last line"),
    errors.BadEvent("no key", at="t[0]@7"),
    errors.ErrorStatus("GET /", 404, "not here"),
    errors.MissingExtra("deltalake"),
]
TASKS = """
from invoke import task
from lakestand import errors
from lakestand.tasks.guard import guarded

@task
@guarded
def refused(_c):
    raise errors.Refused("no")

@task
@guarded
def full(_c):
    raise OSError(28, "No space left on device", "/data")

@task
@guarded
def interrupted(_c):
    raise KeyboardInterrupt
"""


def end(err: BaseException) -> Exit:
    """How a guarded task that raises *err* ends."""

    @guarded
    def task() -> None:
        raise err

    with pytest.raises(Exit) as caught:
        task()
    return caught.value


def kinds(root: type[LakestandError]) -> set[type[LakestandError]]:
    below = root.__subclasses__()
    return {*below, *(deeper for kind in below for deeper in kinds(kind))}


def test_every_error_of_the_package_is_tried_here() -> None:
    assert {type(err) for err in EVERY} == kinds(LakestandError)


@pytest.mark.parametrize("err", EVERY, ids=lambda err: type(err).__name__)
def test_an_error_is_its_text_and_exit_code_1(err: LakestandError) -> None:
    ended = end(err)

    assert (ended.message, ended.code) == (f"error: {err}", 1)


@pytest.mark.parametrize("err", EVERY, ids=lambda err: type(err).__name__)
def test_an_error_leaves_no_trace_of_where_it_was_raised(err: LakestandError) -> None:
    ended = end(err)

    assert (ended.__cause__, ended.__suppress_context__) == (None, True)


def test_a_full_disk_is_named_with_the_way_out() -> None:
    ended = end(OSError(errno.ENOSPC, "No space left on device", "/data/x"))

    free = "free some room; invoke down --volumes frees the stand's"
    assert (ended.message, ended.code) == (f"error: the disk is full (/data/x): {free}", 1)


def test_a_full_disk_without_a_name_is_that_of_this_folder() -> None:
    assert f"the disk is full ({Path.cwd()})" in str(end(OSError(errno.ENOSPC, "No space left on device")).message)


def test_another_error_of_the_system_is_its_text() -> None:
    ended = end(PermissionError(errno.EACCES, "Permission denied", "/data/x"))

    assert (ended.message, ended.code) == ("error: [Errno 13] Permission denied: '/data/x'", 1)


def test_a_busy_stand_is_told_by_its_lock() -> None:
    ended = end(Timeout("/stand.lock"))

    assert (ended.message, ended.code) == ("error: another command works on this stand (/stand.lock)", 1)


def test_an_interrupt_says_what_goes_on_and_ends_as_a_shell_expects() -> None:
    ended = end(KeyboardInterrupt())

    told = "interrupted; what was started goes on: invoke status, invoke down"
    assert (ended.message, ended.code) == (told, 130)


def test_an_error_of_the_program_itself_is_not_hidden() -> None:
    @guarded
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()


def test_what_a_task_gives_is_given() -> None:
    assert guarded(lambda number: number + 1)(1) == 2


@pytest.mark.parametrize(
    ("task", "code", "said"),
    [
        ("refused", 1, "error: no"),
        (
            "full",
            1,
            "error: the disk is full (/data): free some room; invoke down --volumes frees the stand's",
        ),
        ("interrupted", 130, "interrupted; what was started goes on: invoke status, invoke down"),
    ],
)
def test_a_real_invoke_prints_one_line_and_no_traceback(tmp_path: Path, task: str, code: int, said: str) -> None:
    (tmp_path / "tasks.py").write_text(TASKS)
    argv = [sys.executable, "-m", "invoke", task]
    environ = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(argv, check=False, capture_output=True, text=True, cwd=tmp_path, env=environ)

    assert (done.returncode, done.stdout, done.stderr) == (code, "", said + "\n")
