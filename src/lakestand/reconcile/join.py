"""Two tables on disk, joined by their key in DuckDB, within a fixed amount of memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from lakestand.errors import ServiceError
from lakestand.lake.arrow import conform

if TYPE_CHECKING:
    import duckdb

Key = tuple[object, ...]
# Called with a number of rows.
OnRows = Callable[[int], None]

# JSON without the blanks between its texts. DuckDB's own json() would round its numbers.
WITHOUT_BLANKS = r"""regexp_replace(c{0}, '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g')"""
MISSING, EXTRA, CHANGED = "diff WHERE m IS NULL", "diff WHERE s IS NULL", "diff WHERE s AND m"


@contextmanager
def temporary_database(memory_mb: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in a temporary folder, removed afterwards; ServiceError when disk or memory has no room."""
    import duckdb  # noqa: PLC0415  a seventh of a second of every program that compares nothing

    with tempfile.TemporaryDirectory(prefix="lakestand-") as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb}MiB",
            "temp_directory": folder,
            "preserve_insertion_order": False,
        }
        try:
            with duckdb.connect(Path(folder) / "rows.db", config=config) as database:
                database.execute("SET enable_progress_bar = false")  # it would go to stdout, amid our JSON
                yield database
        except (duckdb.IOException, duckdb.OutOfMemoryException) as err:
            cause = str(err).splitlines()[0]
            raise ServiceError(
                f"the comparison has no room in {folder} or {memory_mb} MB of memory: {cause}. It needs about as much "
                "disk as both tables: free some, or set TMPDIR to a larger one"
            ) from err


@dataclass(frozen=True)
class TableJoin:
    """Joins the tables `source` and `mirror`, which `fill` creates, into two others.

    `diff` has the rows without an equal one on the other side: the key's columns, whether the source (s) and the mirror
    (m) have the key, and for each column n whether it differs (dn). `repeated` has the keys that the mirror has more
    than once.
    Columns are called c0, c1, … there: to DuckDB a name in upper case is the same as in lower case.

    Attributes:
        key: the indexes of the key's columns.
        json: names of columns whose texts are compared as JSON.
    """

    database: duckdb.DuckDBPyConnection
    schema: pa.Schema
    key: Sequence[int]
    json: Collection[str]

    def fill(self, name: str, chunks: Iterable[pa.Table], on_rows: OnRows) -> int:
        """Create the table *name* (source or mirror) from *chunks*; returns their size in Arrow, in bytes.

        *on_rows* is called with the number of rows of every chunk.
        """
        columns = [WITHOUT_BLANKS.format(i) if f.name in self.json else f"c{i}" for i, f in enumerate(self.schema)]
        self._register(self.schema.empty_table())
        self.database.execute(f"CREATE TABLE {name} AS FROM chunk")
        size = 0
        # Each in a transaction of its own: DuckDB holds what is not committed in memory, beyond its limit.
        for chunk in chunks:
            self._register(conform(chunk, self.schema))
            self.database.execute(f"INSERT INTO {name} SELECT {', '.join(columns)} FROM chunk")
            size += chunk.nbytes
            on_rows(chunk.num_rows)
        self.database.unregister("chunk")
        return size

    def join(self, parts: int) -> None:
        """Create `diff` and `repeated`, in so many *parts* by the hash of the key, one after the other."""
        for part in range(parts):
            for name, query in (("diff", self._diff()), ("repeated", self._repeated())):
                make = f"INSERT INTO {name}" if part else f"CREATE TABLE {name} AS"
                # Not the very hash that the join uses: its table would be as uneven as the parts.
                self.database.execute(f"{make} {query.format(f'hash({self._keys()}, 0) % {parts} = {part}')}")

    def _diff(self) -> str:
        differ = "s.c{0} IS DISTINCT FROM m.c{0}"
        source, mirror = (f"(SELECT *, true AS here FROM {name} WHERE {{0}})" for name in ("source", "mirror"))
        return (
            f"SELECT {self._keys('coalesce(s.c{0}, m.c{0}) AS c{0}')}, s.here AS s, m.here AS m, "
            f"{self._all(differ + ' AS d{0}')} FROM {source} s FULL JOIN {mirror} m "
            f"ON {self._keys('s.c{0} = m.c{0}', ' AND ')} "
            f"WHERE s.here IS NULL OR m.here IS NULL OR {self._all(differ, ' OR ')}"
        )

    def _repeated(self) -> str:
        key = self._keys()
        return f"SELECT {key}, count(*) - 1 AS n FROM mirror WHERE {{0}} GROUP BY {key} HAVING n > 0"

    def rows(self, where: str) -> int:
        """The number of rows in *where*: a table, or MISSING, EXTRA or CHANGED."""
        return self._number(f"count(*) FROM {where}")

    def repeated(self) -> int:
        """The number of the mirror's rows that repeat a key."""
        return self._number("coalesce(sum(n), 0) FROM repeated")

    def keys(self, where: str, limit: int | None = None) -> list[Key]:
        """The keys in *where*, in order: all, or the first *limit*."""
        some = "" if limit is None else f" LIMIT {limit}"
        return self._select(f"{self._keys()} FROM {where} ORDER BY {self._keys()}{some}")

    def columns(self) -> dict[str, int]:
        """By column, how many of the changed rows differ in it; columns that differ nowhere are left out."""
        (counts,) = self._select(f"{self._all('count(*) FILTER (d{0})')} FROM {CHANGED}")
        return {name: int(str(count)) for name, count in zip(self.schema.names, counts, strict=True) if count}

    def changed(self, limit: int) -> list[tuple[Key, list[str]]]:
        """The first *limit* changed rows in order of their key: the key, and the columns that differ."""
        rows = self._select(f"{self._keys()}, {self._all('d{0}')} FROM {CHANGED} ORDER BY {self._keys()} LIMIT {limit}")
        names, width = self.schema.names, len(self.key)
        return [(row[:width], [n for n, differs in zip(names, row[width:], strict=True) if differs]) for row in rows]

    def hash(self, name: str) -> str:
        """The sum of the hashes of all rows of the table *name*, in hexadecimal; their order does not matter."""
        return f"{self._number(f'coalesce(sum(hash({self._all()})), 0) FROM {name}'):020x}"

    def _number(self, query: str) -> int:
        ((number,),) = self._select(query)
        return int(str(number))

    def _select(self, query: str) -> list[Key]:
        # By way of Arrow: for a time with a zone DuckDB itself wants pytz.
        rows = self.database.sql(f"SELECT {query}").to_arrow_table()
        return list(zip(*(column.to_pylist() for column in rows.columns), strict=True))

    def _keys(self, template: str = "c{0}", glue: str = ", ") -> str:
        return glue.join(template.format(i) for i in self.key)

    def _all(self, template: str = "c{0}", glue: str = ", ") -> str:
        return glue.join(template.format(i) for i in range(len(self.schema)))

    def _register(self, rows: pa.Table) -> None:
        self.database.register("chunk", rows.rename_columns([f"c{i}" for i in range(rows.num_columns)]))
