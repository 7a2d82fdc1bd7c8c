"""What a mirror holds: its data files, which of their rows are deleted, and where the row of each key is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyiceberg.manifest import DataFile
from pyiceberg.schema import Schema
from pyiceberg.table import Table

from lakestand.lake.iceberg import deletes, files, words
from lakestand.lake.iceberg.index import Index, Locations, Rows, split
from lakestand.lake.iceberg.listing import Listing, read_hidden
from lakestand.lake.iceberg.words import Words

PORTION = 1 << 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Held:
    """A data file of the table.

    Attributes:
        file: as its manifest has it.
        number: of the file in the index; no other file ever has it.
        deleted: ascending numbers of its rows that are deleted.
        by: the delete files that say so, by path.
    """

    file: DataFile
    number: int
    deleted: Rows = field(default_factory=lambda: deletes.NONE)
    by: Mapping[str, DataFile] = field(default_factory=dict)

    @property
    def live(self) -> int:
        """The number of its rows that are not deleted."""
        return self.file.record_count - len(self.deleted)


@dataclass
class Holdings:
    """The files of a table and its index of keys: a cache that follows the table, whoever writes it.

    Files never change, so the difference of two listings is all that there is to follow: the keys of new data files
    and the contents of new delete files are read. Nothing is taken over before everything has been read.

    Attributes:
        key: ids and types of the key's columns; for another key, other holdings are needed.
        snapshot_id: of the snapshot that these holdings are of.
    """

    key: Schema
    snapshot_id: int | None = None
    held: dict[str, Held] = field(default_factory=dict)
    _by_number: dict[int, Held] = field(default_factory=dict)
    _next: int = 0

    def __post_init__(self) -> None:
        self.index = Index(self.alive)

    def find(self, keys: pa.Table) -> list[tuple[Held, Rows]]:
        """Return the files that hold rows with some *keys*, and the ascending numbers of these rows."""
        numbers, rows = split(self.index.find(self.words(keys)))
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        parts = np.split(rows, starts[1:]) if len(starts) else []
        return [(self._by_number[int(numbers[at])], part) for at, part in zip(starts, parts, strict=True)]

    def words(self, keys: pa.Table) -> Words:
        """Return the words of *keys*, whose columns are in the order of the key's."""
        return words.of(files.conformed(keys, self.key))

    def alive(self, where: Locations) -> npt.NDArray[np.bool_]:
        """Return for each location whether its file is in the table and its row not deleted there."""
        return np.concatenate([np.empty(0, bool), *map(self._alive, _portions(where))])

    def _alive(self, where: Locations) -> npt.NDArray[np.bool_]:
        numbers, rows = split(where)
        alive = np.zeros(len(where), bool)
        for number in np.unique(numbers):
            if (held := self._by_number.get(int(number))) is not None:
                part = numbers == number
                alive[part] = ~_among(rows[part], held.deleted) if len(held.deleted) else True
        return alive

    def follow(self, table: Table) -> None:
        """Follow *table* to its current snapshot."""
        snapshot = table.current_snapshot()
        now = snapshot.snapshot_id if snapshot else None
        if now == self.snapshot_id:
            return
        listing = Listing.of(table, snapshot)
        marked = self._marked(table, listing)
        fresh = [held for held in marked if self._is_fresh(held)]
        keys = list(deletes.POOL.map(lambda held: files.read_columns(table, held.file, self.key), fresh))
        for path in self.held.keys() - listing.data.keys():
            self.forget(path)
        for held in marked:
            self.hold(held)
        for held, part in zip(fresh, keys, strict=True):
            self._add(held, self.words(part))
        self.snapshot_id = now

    def new(self, file: DataFile) -> Held:
        """Return a data file under a new number."""
        self._next += 1
        return Held(file=file, number=self._next)

    def hold(self, held: Held) -> None:
        """Put a file in the place of the one of the same path, if there is one."""
        if (before := self.held.get(held.file.file_path)) is not None:
            del self._by_number[before.number]
        self.held[held.file.file_path] = self._by_number[held.number] = held

    def forget(self, path: str) -> None:
        """Take a file that has left the table away."""
        del self._by_number[self.held.pop(path).number]

    def _add(self, held: Held, keys: Words) -> None:
        live = np.setdiff1d(np.arange(len(keys.first)), held.deleted, assume_unique=True) if len(held.deleted) else None
        self.index.add(keys if live is None else keys.take(live), held.number, live)

    def _is_fresh(self, held: Held) -> bool:
        """Return whether the keys of a file must be read."""
        before = self.held.get(held.file.file_path)
        return before is None or before.number != held.number

    def _marked(self, table: Table, listing: Listing) -> list[Held]:
        """Return the files of *listing* that are new or whose delete files are others now."""
        naming = listing.naming(table)
        changed = {
            path: naming.get(path, {})
            for path in listing.data
            if path not in self.held or self.held[path].by.keys() != naming.get(path, {}).keys()
        }
        hidden = read_hidden(table, changed)
        return [self._changed(listing.data[path].data_file, hidden[path], by) for path, by in changed.items()]

    def _changed(self, file: DataFile, deleted: Rows, by: Mapping[str, DataFile]) -> Held:
        before = self.held.get(file.file_path)
        # Rows that came back are no longer in the index, so all keys of the file are read again.
        is_same = before is not None and not len(np.setdiff1d(before.deleted, deleted, assume_unique=True))
        number = before.number if before is not None and is_same else self.new(file).number
        return Held(file=file, number=number, deleted=deleted, by=by)


def _portions(where: Locations) -> Iterator[Locations]:
    """Yield locations a million at a time, for what is made of them needs several times their memory."""
    for start in range(0, len(where), PORTION):
        yield where[start : start + PORTION]


def _among(rows: Rows, deleted: Rows) -> npt.NDArray[np.bool_]:
    """Return for each of some row numbers whether it is among the ascending *deleted* ones."""
    at = np.minimum(np.searchsorted(deleted, rows), len(deleted) - 1)
    return np.asarray(deleted[at] == rows)


def dropped(held: Iterable[Held]) -> list[DataFile]:
    """Return the delete files that are about one of these data files alone."""
    return [file for each in held for file in each.by.values() if deletes.target(file) is not None]
