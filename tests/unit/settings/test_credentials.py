"""What test_settings.py leaves: numbers that are no ports, folders at home, and secrets that two make at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lakestand.errors import BadSetting
from lakestand.settings import PREFIX, Settings, credentials
from tests.unit import plain


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("LAKESTAND_KAFKA_PORT=70000", "LAKESTAND_KAFKA_PORT: 70000 is no port"),
        ("LAKESTAND_KAFKA_PORT=0", "LAKESTAND_KAFKA_PORT: 0 is no port"),
        ("LAKESTAND_KAFKA_PORT=60000\nLAKESTAND_PORT_OFFSET=10000", "LAKESTAND_KAFKA_PORT: 70000 is no port"),
    ],
    ids=["beyond the last", "nought", "moved beyond the last"],
)
def test_a_number_that_is_no_port_is_refused_by_its_setting(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(text)

    with pytest.raises(BadSetting) as caught:
        Settings.load(tmp_path / ".env")
    assert str(caught.value) == f"{told} (LAKESTAND_PORT_OFFSET is added to it)"


@pytest.mark.parametrize("name", ["LAKESTAND_CACHE_DIR", "LAKESTAND_STATE_DIR"])
def test_a_tilde_is_the_home_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{name}=~/there")
    loaded = Settings.load(tmp_path / ".env")

    assert Path.home() / "there" in {loaded.cache_dir, loaded.state_dir}


def test_no_half_written_file_is_left_beside_the_secrets(tmp_path: Path) -> None:
    credentials.ensure(tmp_path / ".env")

    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_the_file_warns_against_committing_it(tmp_path: Path) -> None:
    credentials.ensure(tmp_path / ".env")

    assert (tmp_path / ".env").read_text().startswith("# Made by lakestand; secrets of this checkout's stand. Never")


def test_secrets_of_the_environment_are_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.secret_fields():
        monkeypatch.setenv(PREFIX + name.upper(), plain.SECRET)
    credentials.ensure(tmp_path / ".env")

    assert not (tmp_path / ".env").exists()


def test_stands_that_start_at_once_agree_on_the_secrets(tmp_path: Path) -> None:
    together = threading.Barrier(8, timeout=30)

    def start(_number: int) -> set[str]:
        together.wait()
        made = credentials.ensure(tmp_path / ".env")
        return {getattr(made, name).get_secret_value() for name in Settings.secret_fields()}

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(start, range(8)))
    assert made == [made[0]] * 8
    assert len((tmp_path / ".env").read_text().splitlines()) == 1 + len(Settings.secret_fields())
