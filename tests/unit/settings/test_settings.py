"""Settings: defaults, .env, and what is refused."""

from __future__ import annotations

import ast
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from lakestand.errors import BadSetting
from lakestand.settings import Settings, credentials
from lakestand.settings.logins import DatabaseName, Login
from lakestand.stand import checkout
from lakestand.stand.runtimes.compose.runtime import Compose
from lakestand.stand.runtimes.native import Native
from tests import ROOT
from tests.unit import plain


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_env_file_is_read(env_file: Path) -> None:
    env_file.write_text("LAKESTAND_KAFKA_PORT=19092\n")

    assert Settings.load(env_file).bootstrap_servers == "127.0.0.1:19092"


def test_environment_wins_over_env_file(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.write_text("LAKESTAND_KAFKA_PORT=19092\n")
    monkeypatch.setenv("LAKESTAND_KAFKA_PORT", "29092")

    assert Settings.load(env_file).port("kafka") == 29092


def test_a_program_outside_loads_them_from_the_module(env_file: Path) -> None:
    env_file.write_text("LAKESTAND_NAME=mine\n")

    assert Settings.load(env_file) == Settings.load(env_file)


def test_port_offset_moves_every_port(env_file: Path) -> None:
    first = Settings.load(env_file)
    env_file.write_text("LAKESTAND_PORT_OFFSET=10000\n")
    moved = Settings.load(env_file)

    assert {moved.ports()[field] - port for field, port in first.ports().items()} == {10000}
    assert dict(moved)["kafka_port"] == 9092


def test_a_copy_with_a_port_listens_there_whatever_the_offset() -> None:
    moved = plain.settings(port_offset=10_000).with_ports(iceberg_rest=1234)

    assert (moved.port("iceberg-rest"), moved.port("kafka")) == (1234, 19092)


@pytest.mark.parametrize(
    ("database", "port", "user"),
    [("postgres", 15432, "postgres"), ("mysql", 13306, "root"), ("mariadb", 13307, "root")],
)
def test_a_login_has_the_port_with_the_offset_and_the_databases_own_user(
    database: DatabaseName, port: int, user: str
) -> None:
    settings = plain.settings(port_offset=10_000, postgres_database="pg", mysql_database="my")
    name = "pg" if database == "postgres" else "my"

    assert settings.login(database) == Login(
        host="127.0.0.1", port=port, user=user, password=SecretStr(plain.SECRET), database=name
    )


def test_nobody_asks_for_a_port_without_the_offset() -> None:
    """A field holds what was set: only `port` adds the offset."""
    reads = [
        f"{path}:{node.lineno} {node.attr}"
        for folder in (ROOT / "src", ROOT / "tests")
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in Settings.port_fields() and path != Path(__file__)
    ]

    assert reads == []


def test_unknown_name_is_refused_with_the_nearest_known_one(env_file: Path) -> None:
    env_file.write_text("LAKESTAND_KAFKA_PROT=1\n")

    with pytest.raises(BadSetting, match=r"LAKESTAND_KAFKA_PROT: did you mean LAKESTAND_KAFKA_PORT\?"):
        Settings.load(env_file)


def test_unknown_name_in_the_environment_is_refused(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKESTAND_XYZZY", "1")

    with pytest.raises(BadSetting, match="unknown setting LAKESTAND_XYZZY"):
        Settings.load(env_file)


def test_bad_value_is_named_but_not_repeated(env_file: Path) -> None:
    env_file.write_text("LAKESTAND_KAFKA_PORT=hunter2\n")

    with pytest.raises(BadSetting, match="LAKESTAND_KAFKA_PORT") as caught:
        Settings.load(env_file)
    assert "hunter2" not in str(caught.value)


def test_addresses_beyond_loopback_are_refused(env_file: Path) -> None:
    env_file.write_text("LAKESTAND_HOST=0.0.0.0\n")

    with pytest.raises(BadSetting, match="LAKESTAND_HOST"):
        Settings.load(env_file)


def test_every_setting_has_a_sentence() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not field.description]

    assert silent == []


def test_secrets_are_made_once_and_differ(env_file: Path) -> None:
    first = credentials.ensure(env_file)
    again = credentials.ensure(env_file)

    made = [getattr(first, name).get_secret_value() for name in Settings.secret_fields()]
    assert [len(s) for s in made] == [32] * 5
    assert len(set(made)) == 5
    assert made == [getattr(again, name).get_secret_value() for name in Settings.secret_fields()]


def test_env_file_with_secrets_is_closed_to_others(env_file: Path) -> None:
    credentials.ensure(env_file)

    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600


def test_making_secrets_keeps_what_the_user_wrote(env_file: Path) -> None:
    env_file.write_text("LAKESTAND_NAME=mine\nLAKESTAND_MYSQL_PASSWORD=chosen")

    settings = credentials.ensure(env_file)

    assert settings.name == "mine"
    assert settings.mysql_password.get_secret_value() == "chosen"


def test_secrets_never_show_in_a_settings_repr(env_file: Path) -> None:
    settings = credentials.ensure(env_file)

    shown = repr(settings) + str(settings) + str(settings.model_dump())
    assert not [n for n in Settings.secret_fields() if getattr(settings, n).get_secret_value() in shown]


def test_a_runtime_is_what_was_asked_for(env_file: Path) -> None:
    env_file.write_text("LAKESTAND_RUNTIME=compose\n")

    assert isinstance(checkout.stack(Settings.load(env_file)).runtime, Compose)
    env_file.write_text("LAKESTAND_RUNTIME=native\n")
    assert isinstance(checkout.stack(Settings.load(env_file)).runtime, Native)
