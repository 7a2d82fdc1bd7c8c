"""What is written for users, and must agree with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lakestand.settings import PREFIX, Settings
from tests import ROOT
from tests.unit import plain

EXAMPLE = ROOT / ".env.example"
HEAD = """\
# Every setting of the stand, with its default. Copy a line into .env, without the leading #, to change it; the
# environment wins over .env. Secrets are made at the first `invoke up`. Keep this file as the code has it:
# python -m tests.unit.test_documents
"""
# The default differs from user to user: an example stands here.
BY_USER = {"cache_dir": "~/.cache/lakestand"}


def example() -> str:
    """.env.example, as the settings say it should be."""
    lines = []
    for name, field in Settings.model_fields.items():
        default = "" if name in Settings.secret_fields() else BY_USER.get(name, field.default)
        lines.append(f"\n# {field.description}\n#{PREFIX}{name.upper()}={default}\n")
    return HEAD + "".join(lines)


def test_the_example_is_what_the_settings_say() -> None:
    assert EXAMPLE.read_text() == example()


def test_the_example_holds_no_secret() -> None:
    given = dict(re.findall(r"^#(LAKESTAND_\w+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))

    assert [given[PREFIX + name.upper()] for name in Settings.secret_fields()] == [""] * len(Settings.secret_fields())


def test_the_example_changes_nothing_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(EXAMPLE.read_text())

    assert Settings.load(tmp_path / ".env") == Settings.load(tmp_path / "none")


def test_every_line_of_the_example_is_read_when_it_is_put_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # away from a stand that runs, and knows how
    (tmp_path / ".env").write_text(EXAMPLE.read_text().replace("#LAKESTAND_", "LAKESTAND_"))
    cache = Path.home() / ".cache" / "lakestand"

    loaded = Settings.load(tmp_path / ".env")
    assert loaded == plain.settings(cache_dir=cache, **dict.fromkeys(Settings.secret_fields(), ""))


@pytest.mark.parametrize("name", [".env", ".lakestand/", "reports/"])
def test_what_a_stand_leaves_in_a_checkout_is_ignored(name: str) -> None:
    assert name in (ROOT / ".gitignore").read_text().splitlines()


if __name__ == "__main__":
    EXAMPLE.write_text(example())
