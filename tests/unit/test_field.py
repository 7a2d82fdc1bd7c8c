"""docs/field.md: what becomes of tables that people really have, made of the cases in tests/field.

`python -m tests.unit.test_field` writes it anew.
"""

from __future__ import annotations

from collections import Counter

from tests import ROOT
from tests.field.case import Case
from tests.field.cases import CASES

PAGE = ROOT / "docs" / "field.md"
TITLES = {"postgres": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB"}
HEAD = """\
# What becomes of your table

Every change that a database commits arrives in the mirror with the value that the database shows, or it is named: when
the connector is registered, at the end of a run, or by `invoke reconcile`. Each table below is tested on real services:
the rows that the connector finds and the changes that it streams, into Iceberg and Delta, compared row by row; those
that end equal or named in JSON and in Avro. `nox -s field` runs them. This page is made of [the cases](../tests/field)
by `python -m tests.unit.test_field`.

How it ends:
- **equal**: the mirror has the same rows as the source.
- **named**: it is equal, and the registration or the run prints the message that is given.
- **repaired**: the run ends with the message and exit code 1; `invoke reconcile --repair` then makes the mirror equal.
- **refused**: nothing is carried, for the reason that is given.

"""


def ending(case: Case) -> str:
    """Return how *case* ends, with its message."""
    if case.refused:
        return f"refused: {code(case.refused)}"
    if case.repaired:
        first = f"`pipeline.run --replace {' --replace '.join(case.replace)}`, then " if case.replace else ""
        return f"repaired, by {first}`reconcile --repair`: {code(case.repaired)}"
    return f"named: {', '.join(map(code, case.named))}" if case.named else "equal"


def code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`"


def page() -> str:
    """The document, as the cases say it should be."""
    return HEAD + "\n".join(map(section, TITLES))


def section(database: str) -> str:
    cases = sorted((case for case in CASES if case.database == database), key=lambda case: case.name)
    if not cases:
        return ""
    rows = (f"| {case.reason.replace('|', chr(92) + '|')} | {ending(case)} | {case.name} |\n" for case in cases)
    return f"## {TITLES[database]}\n| a table | how it ends | case |\n|---|---|---|\n{''.join(rows)}"


def test_the_page_of_the_field_is_what_the_cases_say() -> None:
    assert PAGE.read_text() == page(), "python -m tests.unit.test_field writes it anew"


def test_every_case_has_a_name_of_its_own_and_a_sentence() -> None:
    names = Counter(case.name for case in CASES)
    assert [name for name, count in names.items() if count > 1] == []
    assert [case.name for case in CASES if not case.reason.endswith(".")] == []


if __name__ == "__main__":
    PAGE.write_text(page())
