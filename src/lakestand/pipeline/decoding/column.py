"""What a column is: how it arrives, what the tables hold, and how one becomes the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from lakestand.lake.standins import Choice, OnStandIns

Schema = Mapping[str, Any]
# From an array as it arrives to one as the tables have it; what they cannot hold is counted.
Convert = Callable[[pa.Array, OnStandIns], pa.Array]


@dataclass(frozen=True)
class ColumnType:
    """How a column arrives (*wire*), what the tables hold (*logical*), and how to *convert* from one to the other."""

    wire: pa.DataType
    logical: pa.DataType
    convert: Convert = lambda array, _: array


@dataclass(frozen=True)
class BinaryEncoding:
    """How a wire format writes binary data: with the Arrow type *wire*, whose values *decode* turns into bytes."""

    wire: pa.DataType
    decode: Callable[[Any], bytes]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a source and a wire format write values, and what is done with those that no table can hold."""

    mysql: bool
    binary: BinaryEncoding
    choice: Choice = "stand-in"


def decode_distinct(decode: Callable[[Any], Any], to: pa.DataType) -> Convert:
    """A conversion to *to* that calls *decode* once per distinct value: for types that Arrow cannot read by itself."""

    def convert(array: pa.Array, _: OnStandIns) -> pa.Array:
        coded = array.dictionary_encode()
        values = pa.array([None if v is None else decode(v) for v in coded.dictionary.to_pylist()], to)
        return values.take(coded.indices)

    return convert
