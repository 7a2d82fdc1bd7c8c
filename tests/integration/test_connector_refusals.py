"""A connector that could not capture anything is refused, with the reason, before Kafka Connect hears of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from lakestand.errors import BadArgument, ServiceError
from lakestand.settings import Settings
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.connector import DebeziumConnectorConfig
from lakestand.sources.presets import for_mysql, for_postgres
from lakestand.sources.registration import register
from lakestand.stand.runtimes.native import Native
from lakestand.stand.service import Service
from lakestand.stand.services import mysql, postgres
from lakestand.stand.stack import Stack
from tests.fixtures.alerting import running
from tests.unit.stand.toy import free_port

pytestmark = pytest.mark.services("connect")

Maker = Callable[..., DebeziumConnectorConfig]


@pytest.fixture
def other(settings: Settings, tmp_path: Path) -> Settings:
    """Return settings of databases that this test has for itself and may set up wrongly."""
    moved = settings.with_ports(postgres=free_port(), mysql=free_port())
    return moved.model_copy(update={"state_dir": tmp_path})


def alone(service: Service, folder: Path) -> Stack:
    return Stack(services={service.name: service}, runtime=Native(root=folder), start_timeout=60)


@pytest.fixture
def own_postgres(other: Settings, tmp_path: Path) -> Iterator[Stack]:
    with running(alone(postgres.service(other), tmp_path)) as stack:
        yield stack


def set_up(settings: Settings, stack: Stack, **values: str) -> None:
    """Change settings of PostgreSQL and restart it."""
    with postgres.connect(settings) as connection:
        for name, value in values.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
    with stack.stopped("postgres"):
        pass


def refusal(settings: Settings, config: DebeziumConnectorConfig) -> str:
    """Return the message with which the registration is refused."""
    with pytest.raises((ServiceError, BadArgument)) as caught:
        register(settings, config)
    assert config.name not in DebeziumClient(settings.connect_url).list_connectors()
    return str(caught.value)


def test_a_server_without_logical_decoding_is_refused_with_what_to_set(other: Settings, own_postgres: Stack) -> None:
    set_up(other, own_postgres, wal_level="replica", max_wal_senders="0")

    message = refusal(other, for_postgres(other, ["public.t"], name="never"))

    assert "has wal_level = replica, change capture needs logical: ALTER SYSTEM SET wal_level = 'logical'" in message


def test_a_server_whose_slots_are_all_taken_is_refused_with_their_names(other: Settings, own_postgres: Stack) -> None:
    set_up(other, own_postgres, max_replication_slots="1")
    with postgres.connect(other) as connection:
        connection.execute("SELECT pg_create_logical_replication_slot('only_one', 'pgoutput')")

    message = refusal(other, for_postgres(other, ["public.t"], name="never"))

    assert message.endswith(
        "all 1 replication slots are taken (only_one); remove connectors that are not needed: "
        "invoke connectors.delete NAME"
    )


def test_a_server_that_logs_no_whole_rows_is_refused_with_what_to_set(other: Settings, tmp_path: Path) -> None:
    with running(alone(mysql.service(other), tmp_path)), mysql.connect(other) as connection:
        message = []
        for statement in ("binlog_format = 'STATEMENT'", "binlog_format = 'ROW', GLOBAL binlog_row_image = 'MINIMAL'"):
            with connection.cursor() as cursor:
                cursor.execute(f"SET GLOBAL {statement}")
            message.append(refusal(other, for_mysql(other, ["shop.t"], name="never")))

    where = f"connector never: MySQL 127.0.0.1:{other.port('mysql')} has"
    assert message == [
        f"{where} binlog_format = STATEMENT, change capture needs ROW: SET GLOBAL binlog_format = 'ROW'",
        f"{where} binlog_row_image = MINIMAL, change capture needs FULL: SET GLOBAL binlog_row_image = 'FULL'",
    ]


@pytest.mark.services("postgres", "mysql")
@pytest.mark.parametrize("make", [for_postgres, for_mysql], ids=["postgres", "mysql"])
def test_a_missing_table_is_refused_with_its_name(settings: Settings, make: Maker) -> None:
    message = refusal(settings, make(settings, ["nowhere.none"], name="never"))

    assert "has no table nowhere.none (there are: " in message
    assert message.endswith("it would be RUNNING and never send anything")


@pytest.mark.services("postgres", "mysql")
@pytest.mark.parametrize("make", [for_postgres, for_mysql], ids=["postgres", "mysql"])
def test_a_wrong_password_is_refused_without_showing_it(settings: Settings, make: Maker) -> None:
    message = refusal(settings, make(settings, ["nowhere.none"], name="never", database_password=SecretStr("hunter2")))

    assert re.search(r"does not let \w+ in: .*LAKESTAND_(POSTGRES|MYSQL)_PASSWORD in \.env", message)
    assert "hunter2" not in message
