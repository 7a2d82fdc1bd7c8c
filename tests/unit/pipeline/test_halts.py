"""What a run says at its end of tables that stand still."""

from __future__ import annotations

import pytest

from lakestand.errors import Halted, IncompatibleSchema, PositionError
from lakestand.lake.memory import Memory
from lakestand.pipeline.halts import Halts
from lakestand.pipeline.target import Target
from tests.unit.pipeline.connect import TOPIC

TARGET = Target(TOPIC, Memory(), "mirror", "topic-id")
REST = ". This table stands still, the others go on"


def halted(*errors: Exception) -> tuple[Halts, list[str]]:
    """Return the halts of one table for each of *errors*, and the warnings."""
    warnings = list[str]()
    halts = Halts(warnings.append)
    for err in errors:
        halts.add(TARGET, err)
    return halts, warnings


def test_where_nothing_halted_nothing_is_raised() -> None:
    halted()[0].check()


def test_every_reason_is_a_warning_and_a_line_of_the_error() -> None:
    halts, warnings = halted(IncompatibleSchema("one"), PositionError("two"))

    with pytest.raises(Halted) as caught:
        halts.check()
    assert warnings == ["one" + REST, "two" + REST]
    assert str(caught.value) == f"one{REST}\ntwo{REST}"


def test_an_error_of_one_class_is_raised_as_that() -> None:
    with pytest.raises(IncompatibleSchema, match=r"one.*\ntwo"):
        halted(IncompatibleSchema("one"), IncompatibleSchema("two"))[0].check()


def test_what_a_library_raised_is_named_with_table_and_command() -> None:
    with pytest.raises(Halted) as caught:
        halted(ValueError("a\n  long\ntext"))[0].check()

    assert str(caught.value) == (
        f"memory orders cannot be written from {TOPIC}: ValueError: a long text. Where it was raised: invoke "
        f"pipeline.run --topic {TOPIC} --verbose. When its cause is gone, the same "
        f"command goes on where the table stands{REST}"
    )
