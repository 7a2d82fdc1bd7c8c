"""Connectors made from the settings, and told apart again by what Connect holds."""

from __future__ import annotations

from typing import get_args

import pytest

from lakestand.errors import ServiceError
from lakestand.settings.logins import DatabaseName
from lakestand.sources.connector import Format
from lakestand.sources.presets import MAKERS, database_of, rebuild
from tests.unit import plain


@pytest.mark.parametrize("database", MAKERS)
def test_a_connector_is_of_the_database_that_it_was_made_for(database: DatabaseName) -> None:
    made = MAKERS[database](plain.settings(), ["shop.t"], name="c")

    assert made.database == database
    assert database_of(made.to_dict()) == database


@pytest.mark.parametrize("form", get_args(Format))
@pytest.mark.parametrize("images", ["pull", "build"])
@pytest.mark.parametrize("database", MAKERS)
def test_a_connector_is_made_again_from_the_configuration_that_connect_holds(
    database: DatabaseName, images: str, form: Format
) -> None:
    settings = plain.settings(runtime="compose", images=images)  # published images write by Confluent's converter
    made = MAKERS[database](
        settings, ["shop.t", "shop.u"], name="c", topic_prefix="p", format=form, database_dbname="other",
        slot_name="s", publication_name="q", signal_table="shop.signal"
    )  # fmt: skip

    again = rebuild(settings, made.to_dict() | {"name": "c"})

    assert (again.format, again.topic_prefix, again.tables, again.signal_table) == (
        form,
        "p",
        ["shop.t", "shop.u"],
        "shop.signal",
    )
    assert again.to_dict() == made.to_dict()


def test_each_database_has_its_own_port() -> None:
    ports = [MAKERS[database](plain.settings(), ["shop.t"]).database_port for database in MAKERS]

    assert ports == [5432, 3306, 3307]


def test_another_connector_is_named_with_its_class() -> None:
    with pytest.raises(ServiceError, match=r"mirror is a org\.example\.Mirror, none of postgres, mysql, mariadb"):
        database_of({"name": "mirror", "connector.class": "org.example.Mirror"})


def test_a_connector_without_heartbeats_leaves_out_those_of_others() -> None:
    properties = MAKERS["postgres"](plain.settings(), ["public.t"], heartbeat_interval_ms=0).to_dict()

    assert "heartbeat.action.query" not in properties
    assert properties["message.prefix.exclude.list"] == "lakestand-heartbeat"
