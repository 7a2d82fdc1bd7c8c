"""Rows of many megabytes and of 900 columns arrive; where a limit is reached, one message names it and the setting."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lakestand import probe
from lakestand.errors import ConnectorFailed
from lakestand.settings import Settings
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.connector import Format
from tests.fixtures.road import Road, road

pytestmark = [
    pytest.mark.services("postgres", "connect", "minio", "iceberg-rest", "schema-registry"),
    pytest.mark.timeout(600),
]

MB = 1 << 20
TEXT = "SELECT string_agg(md5(i::text), '') FROM generate_series(1, {lines}) i"


def text(size: int) -> str:
    """Return the text that PostgreSQL makes of TEXT."""
    return "".join(hashlib.md5(str(n).encode()).hexdigest() for n in range(1, size // 32 + 1))  # noqa: S324


def insert(it: Road, number: int, size: int) -> None:
    """Insert a row whose text has that many bytes."""
    it.source.execute(f"INSERT INTO {it.table} VALUES ({number}, ({TEXT.format(lines=size // 32)}))")


def peak_mb(settings: Settings, service: str) -> int:
    """Return the most memory that a service's process has had, in MB."""
    process = (settings.home / service / "pid").read_text().split()[0]
    (line,) = [line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


def state(it: Road) -> Callable[[], bool]:
    """Return a condition that holds once the connector has FAILED."""

    def has_failed() -> bool:
        try:
            DebeziumClient(it.settings.connect_url).is_running(it.config.name)
        except ConnectorFailed:
            return True
        return False

    return has_failed


@pytest.mark.parametrize("form", ["json", "avro"])
@pytest.mark.parametrize("sink", ["iceberg", "delta"])
def test_rows_of_8_and_40_megabytes_arrive(settings: Settings, sink: str, form: Format) -> None:
    with road(settings, "postgres", sink, "id INT PRIMARY KEY, body TEXT", form) as it:
        insert(it, 1, 8 * MB)
        it.register()
        insert(it, 2, 40 * MB)
        insert(it, 3, 32)

        it.finish(3)

        rows = {row["id"]: row["body"] for row in it.mirror().to_pylist()}
        assert {number: len(body) for number, body in rows.items()} == {1: 8 * MB, 2: 40 * MB, 3: 32}
        assert rows[2] == text(40 * MB)


def test_a_row_beyond_the_limit_is_named_with_its_size_the_limit_and_the_setting(settings: Settings) -> None:
    with road(settings, "postgres", "delta", "id INT PRIMARY KEY, body TEXT") as it:
        it.config = it.config.model_copy(update={"largest_record_mb": 1})
        it.register()
        insert(it, 1, 2 * MB)

        probe.until(state(it), 60, "a FAILED task")

        with pytest.raises(ConnectorFailed) as caught:
            DebeziumClient(settings.connect_url).is_running(it.config.name)
        message = str(caught.value)
        assert re.search(r"The message is 2[01]\d{5} bytes", message)  # two megabytes and the schema
        assert f"larger than {MB}, which is the value of the max.request.size configuration" in message
        assert "LAKESTAND_LARGEST_RECORD_MB: set it higher" in message


def test_many_rows_of_a_megabyte_need_no_more_memory_than_there_is(settings: Settings) -> None:
    count = 200
    with road(settings, "postgres", "delta", "id INT PRIMARY KEY, body TEXT") as it:
        it.register()
        rows = f"generate_series(1, {count}) g, ({TEXT.format(lines=32768)}) b (t)"
        it.source.execute(f"INSERT INTO {it.table} SELECT g, t || g FROM {rows}")

        it.carry(count)

        lengths = [len(body) - MB for body in it.mirror()["body"].to_pylist()]
        assert sorted(lengths) == sorted(len(str(number)) for number in range(1, count + 1))
        assert peak_mb(settings, "connect") < 1500
        assert DebeziumClient(settings.connect_url).is_running(it.config.name)


@pytest.mark.parametrize("form", ["json", "avro"])
def test_a_table_of_900_columns_arrives(settings: Settings, form: Format) -> None:
    columns = ", ".join(f"c{n} {'INT' if n % 2 else 'TEXT'}" for n in range(900))
    with road(settings, "postgres", "iceberg", f"id INT PRIMARY KEY, {columns}", form) as it:
        it.source.execute(f"INSERT INTO {it.table} (id, c0, c1) VALUES (1, 'x', 2)")
        it.register()
        it.source.execute(f"UPDATE {it.table} SET c500 = 'y', c501 = 3")
        it.source.execute(f"INSERT INTO {it.table} (id) VALUES (2)")

        it.finish(3)

        assert it.compare().equal
