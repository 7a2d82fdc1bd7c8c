"""Every task is declared with a sentence, a help text for each argument, and JSON where it has data."""

from __future__ import annotations

import re

import pytest

from tests.unit.tasks.declared import ARGUMENTS, NAMESPACE, TASKS, WITH_JSON


def test_the_tasks_are_these() -> None:
    assert sorted(NAMESPACE.task_names) == sorted(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_every_argument_of_a_task_has_a_help_text(name: str) -> None:
    assert [argument for argument, text in ARGUMENTS[name].items() if not text] == []


@pytest.mark.parametrize("name", TASKS)
def test_a_task_says_in_one_sentence_what_it_does(name: str) -> None:
    assert re.fullmatch(r"[A-Z][^\n]{10,120}\.", NAMESPACE[name].__doc__ or "")


@pytest.mark.parametrize("name", WITH_JSON)
def test_a_task_that_prints_data_can_print_it_as_json(name: str) -> None:
    assert ARGUMENTS[name]["json"] == "print the result as JSON and nothing else"


def test_no_other_task_has_json() -> None:
    assert sorted(name for name in TASKS if "json" in ARGUMENTS[name]) == sorted(WITH_JSON)
