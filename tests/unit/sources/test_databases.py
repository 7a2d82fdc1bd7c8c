"""The databases by name: as many as connectors have, and no other."""

from __future__ import annotations

import pytest

from lakestand.errors import BadArgument
from lakestand.sources.databases import DATABASES, open_database
from lakestand.sources.properties import CLASSES
from tests.unit import plain


def test_every_database_that_has_a_connector_can_be_opened() -> None:
    assert list(DATABASES) == list(CLASSES)


def test_each_is_opened_by_its_own_name_at_its_own_schema() -> None:
    made = [open_database(plain.settings(mysql_database="my"), name) for name in DATABASES]

    assert [(type(each).__name__, each.schema) for each in made] == [
        ("Postgres", "public"),
        ("MySQL", "my"),
        ("MariaDB", "my"),
    ]


def test_a_database_that_is_not_there_is_no_other_one() -> None:
    with pytest.raises(BadArgument, match=r"^there is no database oracle; there are: postgres, mysql, mariadb$"):
        open_database(plain.settings(), "oracle")
