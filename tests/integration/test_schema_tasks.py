"""`invoke schemas.*`: a subject's life, what is refused and why, and what means nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from invoke import Program
from tasks import ns

from lakestand.clients.registry import MODES, Registry
from tests.fixtures.schema_registry import SERVICES, avro

pytestmark = pytest.mark.services(*SERVICES)

ONE, TWO, UNFIT = avro(id="int"), avro(id="long", a=("int", 0)), avro(id="string")


class TaskRun(NamedTuple):
    """The output and exit code of a task."""

    out: str
    err: str
    code: int = 0


Run = Callable[..., TaskRun]


@pytest.fixture
def schemas(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Return a function that runs a task of schemas.* in this process, with schemas among its arguments as files."""

    def run(task: str, *arguments: str) -> TaskRun:
        file, code = tmp_path / "schema.avsc", 0
        argv = [str(file) if text.startswith("{") else text for text in arguments]
        file.write_text(next((text for text in arguments if text.startswith("{")), ""))
        try:
            Program(namespace=ns).run(["invoke", f"schemas.{task}", *argv])
        except SystemExit as end:
            code = int(end.code or 0)
        return TaskRun(*capsys.readouterr(), code)

    return run


def test_a_subjects_life_by_tasks(schemas: Run, schema_registry: Registry, subject: str) -> None:
    first, again, second = (json.loads(schemas("register", subject, s, "--json").out) for s in (ONE, ONE, TWO))
    listed = {row["subject"]: row for row in json.loads(schemas("list", "--json").out)}
    latest = json.loads(schemas("show", subject, "--json").out)
    earlier = json.loads(schemas("show", subject, "--version", "1", "--json").out)

    ids = [schema_registry.version(subject, n).id for n in (1, 2)]
    assert [(v["subject"], v["version"], v["id"]) for v in (first, again, second)] == [
        (subject, 1, ids[0]),
        (subject, 1, ids[0]),
        (subject, 2, ids[1]),
    ]
    assert listed[subject] == {"subject": subject, "versions": [1, 2], "compatibility": "BACKWARD"}
    assert (latest["version"], latest["changed"]) == (2, ["id is int64, was int32", "a is new"])
    assert (earlier["version"], earlier["changed"], json.loads(earlier["schema"])) == (1, [], json.loads(ONE))


def test_a_schema_that_would_be_refused_is_reported_with_its_columns_and_nothing_is_registered(
    schemas: Run, schema_registry: Registry, subject: str
) -> None:
    number = schema_registry.register(subject, ONE)

    assert schemas("check", subject, TWO) == (f"{subject}: BACKWARD would take it\n", "", 0)
    why = f"error: {subject} version 1 (id {number}): BACKWARD would refuse it: id is string, was int32\n"
    assert schemas("check", subject, UNFIT) == ("", why, 1)
    run = schemas("check", subject, UNFIT, "--json")
    assert json.loads(run.out) == {
        "subject": subject,
        "compatibility": "BACKWARD",
        "compatible": False,
        "reasons": ["id is string, was int32"],
    }
    refused = schemas("register", subject, UNFIT)
    assert (refused.out, refused.code, refused.err.count("\n")) == ("", 1, 1)
    assert f"/subjects/{subject}/versions: 409 " in refused.err
    assert (run.code, schema_registry.versions(subject)) == (1, [1])


def test_a_mode_is_for_its_subject_alone(schemas: Run, schema_registry: Registry, subject: str) -> None:
    schema_registry.register(subject, ONE)

    assert schemas("compat", "--subject", subject).out == f"{subject}: BACKWARD\n"
    assert schemas("compat", "--subject", subject, "--mode", "NONE").out == f"{subject}: NONE\n"
    assert schemas("check", subject, UNFIT).out == f"{subject}: NONE would take it\n"
    assert schemas("compat").out == "all others: BACKWARD\n"
    unknown = schemas("compat", "--subject", subject, "--mode", "SIDEWARD")
    assert unknown == ("", f"error: there is no mode SIDEWARD; there are: {', '.join(MODES)}\n", 1)
    assert schema_registry.compatibility(subject) == "NONE"


@pytest.mark.parametrize(
    ("argv", "error"),
    [
        (("show",), "error: there is no subject {subject}; invoke schemas.list names them\n"),
        (("check", "{not json"), "error: the schema is no JSON: "),
        (("register", "{not json"), "error: the schema is no JSON: "),
        (("check", '{"type": "noun"}'), "error: the schema is no Avro: "),
        (("register", '{"type": "noun"}'), "error: the schema is no Avro: "),
        (("register", "nowhere.avsc"), "error: [Errno 2] No such file or directory: 'nowhere.avsc'\n"),
    ],
    ids=["unknown subject", "check no JSON", "register no JSON", "check no Avro", "register no Avro", "no file"],
)
def test_what_means_nothing_is_one_line_and_registers_nothing(
    schemas: Run, schema_registry: Registry, subject: str, argv: tuple[str, ...], error: str
) -> None:
    run = schemas(argv[0], subject, *argv[1:])

    assert (run.out, run.code, run.err.count("\n")) == ("", 1, 1)
    assert run.err.startswith(error.format(subject=subject))
    assert schema_registry.versions(subject) == []
