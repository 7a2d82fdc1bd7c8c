"""Decimals: Connect's bytes, Debezium's of any scale, and PostgreSQL's as it prints them."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from lakestand.lake import texts
from lakestand.lake.standins import Choice
from lakestand.pipeline.decoding.column import BinaryEncoding, ColumnType, decode_distinct

MAX_PRECISION = 38


def _unscaled(number: bytes) -> int:
    return int.from_bytes(number, "big", signed=True)


def connect_decimal(parameters: Mapping[str, str], binary: BinaryEncoding) -> ColumnType:
    """Return the type of Connect's decimals: their digits as a number in bytes, of which the schema has the scale."""
    scale = int(parameters.get("scale", "0"))
    precision = int(parameters.get("connect.decimal.precision", MAX_PRECISION))

    def number(written: Any) -> decimal.Decimal:  # noqa: ANN401  as the format has it
        return _number(_unscaled(binary.decode(written)), scale)

    if precision > MAX_PRECISION:  # neither Iceberg nor Delta has so many digits
        return ColumnType(binary.wire, pa.string(), decode_distinct(lambda w: f"{number(w):f}", pa.string()))
    to = pa.decimal128(precision, scale)
    return ColumnType(binary.wire, to, decode_distinct(number, to))


def _number(unscaled: int, scale: int) -> decimal.Decimal:
    # From its digits: arithmetic would round to the context's 28.
    return decimal.Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale))


def variable_decimal(_parameters: Mapping[str, str], binary: BinaryEncoding) -> ColumnType:
    """Numbers without a declared scale keep theirs, digit by digit, as text."""

    def text(value: Mapping[str, Any] | None) -> str | None:
        return None if value is None else f"{_number(_unscaled(binary.decode(value['value'])), value['scale']):f}"

    wire = pa.struct([("scale", pa.int32()), ("value", binary.wire)])
    return ColumnType(wire, pa.string(), lambda array, _: pa.array(map(text, array.to_pylist()), pa.string()))


def numeric(parameters: Mapping[str, str], choice: Choice) -> ColumnType:
    """A number of PostgreSQL as it prints it."""
    to = number_type(parameters, choice)
    return ColumnType(pa.string(), to, lambda array, on: texts.parse(array, to, choice, on))


def number_type(parameters: Mapping[str, str], choice: Choice) -> pa.DataType:
    """Return what holds numbers of PostgreSQL's type with these parameters; a text where they have no limit."""
    precision, scale = int(parameters.get("precision", "0")), int(parameters.get("scale", "0"))
    digits = max(precision, scale, precision - scale)  # numeric(3, 5) has five digits, numeric(5, -2) has seven
    if not precision or digits > MAX_PRECISION or choice == "text":
        return pa.string()
    return pa.decimal128(digits, max(scale, 0))
