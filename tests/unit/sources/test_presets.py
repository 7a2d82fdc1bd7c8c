"""Connectors made from the settings, and told apart again by what Connect holds."""

from __future__ import annotations

import pytest

from lakestand.errors import ServiceError
from lakestand.sources.connector import DatabaseName
from lakestand.sources.presets import MAKERS, database_of
from tests.unit import plain


@pytest.mark.parametrize("database", MAKERS)
def test_a_connector_is_of_the_database_that_it_was_made_for(database: DatabaseName) -> None:
    made = MAKERS[database](plain.settings(), ["shop.t"], name="c")

    assert made.database == database
    assert database_of(made.to_dict()) == database


def test_each_database_has_its_own_port() -> None:
    ports = [MAKERS[database](plain.settings(), ["shop.t"]).database_port for database in MAKERS]

    assert ports == [5432, 3306, 3307]


def test_another_connector_is_named_with_its_class() -> None:
    with pytest.raises(ServiceError, match=r"mirror is a org\.example\.Mirror, none of postgres, mysql, mariadb"):
        database_of({"name": "mirror", "connector.class": "org.example.Mirror"})
