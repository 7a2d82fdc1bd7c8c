"""How columns are asked for: what is not as the mirror has it is rewritten, all else stays."""

from __future__ import annotations

import pyarrow as pa
import pytest

from lakestand.sources import spelling


@pytest.mark.parametrize(
    ("kind", "to", "asked"),
    [
        ("int4", pa.int32(), '"x{y"'),
        ("time", pa.time64("us"), '"x{y"'),
        ("time", pa.int64(), '"x{y"::text'),
        ("_int4", pa.list_(pa.int32()), '"x{y"::text'),
    ],
)
def test_postgres_is_asked_for(kind: str, to: pa.DataType, asked: str) -> None:
    assert spelling.postgres('"x{y"', kind, to) == asked


@pytest.mark.parametrize(
    ("kind", "to", "asked"),
    [
        ("int", pa.int32(), "COALESCE(`x`, '')"),
        ("float", pa.float32(), "COALESCE((`x` + 0e0), '')"),
        ("bit", pa.bool_(), "COALESCE(`x` + 0, '')"),
        ("varchar", pa.string(), "COALESCE(CONCAT('\"', REPLACE(CONVERT(`x` USING utf8mb4), '\"', '\"\"'), '\"'), '')"),
    ],
)
def test_mysql_is_asked_for(kind: str, to: pa.DataType, asked: str) -> None:
    assert spelling.mysql("`x`", kind, to) == asked
