"""Every case of the field arrives by snapshot and by stream, in JSON and Avro, in Iceberg and Delta, or is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from lakestand.settings import Settings
from tests.field.case import Case
from tests.field.cases import CASES
from tests.field.group import FORMATS, Group, carried

pytestmark = [
    pytest.mark.services("postgres", "mysql", "connect", "schema-registry", "minio", "iceberg-rest"),
    pytest.mark.timeout(600),
]


def shared(database: str) -> list[Case]:
    """Return the cases of *database* that share a connector."""
    return [case for case in CASES if case.database == database and not (case.alone or case.refused or case.repaired)]


@pytest.fixture(scope="class")
def group(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Group]:
    """Return the cases of the class's database, carried in its wire format."""
    database, form = request.cls.database, request.cls.form
    with carried(settings, database, form, shared(database)) as group:
        yield group


class Shared:
    """Tests of the cases that share a connector, which a class for each database and wire format inherits."""

    database: ClassVar[str]
    form: ClassVar[str]

    def test_all_commands_end_with_success(self, group: Group) -> None:
        assert group.codes == {"register": 0, "snapshot": 0, "stream": 0}, group.printed


def check(group: Group, case: Case) -> None:
    """Fail unless *case* has arrived in both formats, and is named as it must be."""
    assert group.broken.get(case.name, "") == ""
    assert "Traceback" not in group.printed
    assert [text for text in case.named if text not in group.printed] == []
    for kind in FORMATS:
        if case.expected is not None:
            assert group.rows(case, kind) == sorted(case.expected, key=repr), kind
    for comparison in group.comparisons(case):
        assert comparison.equal, (comparison.as_dict(), group.rows(case, comparison.sink))


class Postgres(Shared):
    """The cases of PostgreSQL."""

    database = "postgres"

    @pytest.mark.parametrize("case", shared("postgres"), ids=lambda case: case.name)
    def test_a_table_arrives(self, group: Group, case: Case) -> None:
        check(group, case)


class MySQL(Shared):
    """The cases of MySQL."""

    database = "mysql"

    @pytest.mark.parametrize("case", shared("mysql"), ids=lambda case: case.name)
    def test_a_table_arrives(self, group: Group, case: Case) -> None:
        check(group, case)


class TestPostgresJson(Postgres):
    """With Debezium's JSON."""

    form = "json"


class TestPostgresAvro(Postgres):
    """With Avro and the registry."""

    form = "avro"


class TestMySQLJson(MySQL):
    """With Debezium's JSON."""

    form = "json"


class TestMySQLAvro(MySQL):
    """With Avro and the registry."""

    form = "avro"


@pytest.mark.parametrize("case", [c for c in CASES if c.repaired], ids=lambda case: case.name)
def test_what_no_event_tells_is_named_and_the_command_that_is_named_brings_it(settings: Settings, case: Case) -> None:
    with carried(settings, case.database, "json", [case]) as group:
        assert (group.codes["stream"], group.codes["repair"]) == (1, 0), group.printed
        assert case.repaired in group.printed
        check(group, case)


@pytest.mark.parametrize("case", [c for c in CASES if c.refused], ids=lambda case: case.name)
def test_what_cannot_be_carried_is_refused_by_name(settings: Settings, case: Case) -> None:
    with carried(settings, case.database, "json", [case]) as group:
        assert group.broken == {}
        assert any(group.codes.values()), group.printed
        assert case.refused in group.printed
        assert "Traceback" not in group.printed
