"""Two tables on disk, joined by their key within a fixed memory, by DuckDB."""

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
OnRows = Callable[[int], None]

MISSING, EXTRA, CHANGED = "diff WHERE m IS NULL", "diff WHERE s IS NULL", "diff WHERE s AND m"


@contextmanager
def temporary_database(memory_mb: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in a folder that is removed afterwards; ServiceError when there is no room for it."""
    import duckdb  # noqa: PLC0415  a seventh of a second of every program that compares nothing

    with tempfile.TemporaryDirectory(prefix="lakestand-") as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb}MiB",
            "temp_directory": folder,
            "preserve_insertion_order": False,
        }
        try:
            with duckdb.connect(Path(folder) / "rows.db", config=config) as made:
                made.execute("SET enable_progress_bar = false")  # it would go to stdout, amid our JSON
                yield made
        except (duckdb.IOException, duckdb.OutOfMemoryException) as err:
            told = str(err).splitlines()[0]
            raise ServiceError(
                f"the comparison has no room in {folder} or {memory_mb} MB of memory: {told}. It needs about as much "
                "disk as both tables: free some, or set TMPDIR to a larger one"
            ) from err


@dataclass(frozen=True)
class TableJoin:
    """The tables source and mirror; afterwards diff, the rows without an equal one, and repeated.

    Columns are c0, c1, … there: to DuckDB a name in upper case is the same as in lower case.
    """

    database: duckdb.DuckDBPyConnection
    schema: pa.Schema
    key: Sequence[int]
    json: Collection[str]

    def fill(self, name: str, chunks: Iterable[pa.Table], on_rows: OnRows) -> int:
        """Write the rows of *chunks*; *on_rows* is told how many. Returns their bytes in Arrow."""
        columns = [f"json(c{i})" if f.name in self.json else f"c{i}" for i, f in enumerate(self.schema)]
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
        """Make the two tables of what differs, in so many *parts* by the hash of the key, one after the other."""
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
        """How many *where* has: a table, or MISSING, EXTRA, CHANGED."""
        return self._number(f"count(*) FROM {where}")

    def repeated(self) -> int:
        """How many rows of the mirror are too many."""
        return self._number("coalesce(sum(n), 0) FROM repeated")

    def keys(self, where: str, limit: int) -> list[Key]:
        """The first keys."""
        return self._select(f"{self._keys()} FROM {where} ORDER BY {self._keys()} LIMIT {limit}")

    def columns(self) -> dict[str, int]:
        """By column, how many of the changed rows differ in it."""
        (counts,) = self._select(f"{self._all('count(*) FILTER (d{0})')} FROM {CHANGED}")
        return {name: int(str(count)) for name, count in zip(self.schema.names, counts, strict=True) if count}

    def changed(self, limit: int) -> list[tuple[Key, list[str]]]:
        """The first changed rows: key, and the columns that differ."""
        rows = self._select(f"{self._keys()}, {self._all('d{0}')} FROM {CHANGED} ORDER BY {self._keys()} LIMIT {limit}")
        names, width = self.schema.names, len(self.key)
        return [(row[:width], [n for n, differs in zip(names, row[width:], strict=True) if differs]) for row in rows]

    def hash(self, name: str) -> str:
        """The sum of the hashes of a table's rows: their order does not matter."""
        return f"{self._number(f'coalesce(sum(hash({self._all()})), 0) FROM {name}'):020x}"

    def _number(self, query: str) -> int:
        ((number,),) = self._select(query)
        return int(str(number))

    def _select(self, query: str) -> list[Key]:
        # As Arrow has them: for a time with a zone DuckDB itself wants pytz.
        found = self.database.sql(f"SELECT {query}").to_arrow_table()
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))

    def _keys(self, template: str = "c{0}", glue: str = ", ") -> str:
        return glue.join(template.format(i) for i in self.key)

    def _all(self, template: str = "c{0}", glue: str = ", ") -> str:
        return glue.join(template.format(i) for i in range(len(self.schema)))

    def _register(self, rows: pa.Table) -> None:
        self.database.register("chunk", rows.rename_columns([f"c{i}" for i in range(rows.num_columns)]))
