"""Arrow's schemas as Spark's: what mapInArrow is given for its output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from pyspark.sql.types import StructType


def spark_schema(schema: pa.Schema) -> StructType:
    """*schema* as Spark's; a timestamp without a zone stays one, where Spark would assume the session's by default."""
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415  an optional dependency

    return from_arrow_schema(schema, prefer_timestamp_ntz=True)
