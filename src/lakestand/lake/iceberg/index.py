"""Where the row of a key lies: key to (file number, row number), in sorted runs of numpy arrays."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from lakestand.lake.iceberg.words import Words

# A location is a file's number in the upper half of a word, and a row's number within it in the lower half.
MAPPED_KEYS = 1 << 18  # a run of so many keys lies on disk, mapped into memory
ROW_BITS, ROW_MASK = np.uint64(32), np.uint64(0xFFFFFFFF)
Locations = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]


def locations(file: int, rows: Rows) -> Locations:
    """Return the locations of the rows with these numbers in one file."""
    return (np.uint64(file) << ROW_BITS) | rows.astype(np.uint64)


def split(where: Locations) -> tuple[Rows, Rows]:
    """Return the numbers of the files, and those of the rows."""
    return (where >> ROW_BITS).astype(np.int64), (where & ROW_MASK).astype(np.int64)


@dataclass(frozen=True)
class Run:
    """Keys sorted by their first word, each with a location."""

    words: Words
    where: Locations

    @classmethod
    def of(cls, words: Words, where: Locations) -> Run:
        """Return the run of keys in any order."""
        if len(where) < 2 or bool((words.first[:-1] <= words.first[1:]).all()):
            return cls(words, where)
        order = np.argsort(words.first, kind="stable")
        return cls(words.take(order), where[order])

    def mapped(self) -> Run:
        """Return the run in files without a name, whose pages the system may drop; as it is when the disk is full."""
        first, second = self.words
        try:
            words = Words(_mapped(first), None if second is None else _mapped(second))
            return Run(words, _mapped(self.where))
        except OSError:
            return self

    def find(self, asked: Words) -> Locations:
        """Return every location of each of the keys *asked*, which are sorted by their first word."""
        at, open_ = np.searchsorted(self.words.first, asked.first, "left"), np.arange(len(asked.first))
        found: list[Locations] = [np.empty(0, np.uint64)]
        exact = self.words.second is None and asked.second is None
        mine, theirs = (self.words.seconds(), asked.seconds()) if not exact else (None, None)
        while len(at):
            inside = at < len(self.where)
            at, open_ = at[inside], open_[inside]
            same = self.words.first[at] == asked.first[open_]
            at, open_ = at[same], open_[same]
            equal = slice(None) if mine is None or theirs is None else mine[at] == theirs[open_]
            found.append(self.where[at[equal]])
            at = at + 1  # the next key may have the same first word
        return np.concatenate(found)


@dataclass
class Index:
    """Runs of keys, the newest last; each is at least twice as long as the next one.

    The table is the truth, and this a cache: an entry counts only while *alive* says of its location that the file is
    in the table and the row is not deleted there. So entries need not be removed; they are left out when runs merge.
    """

    alive: Callable[[Locations], npt.NDArray[np.bool_]]
    runs: list[Run] = field(default_factory=list)

    def find(self, keys: Words) -> Locations:
        """Return the locations of those *keys* that are in the table, in no order."""
        asked = keys.take(np.argsort(keys.first, kind="stable"))
        where = np.concatenate([np.empty(0, np.uint64), *(run.find(asked) for run in self.runs)])
        return np.unique(where[self.alive(where)])

    def add(self, keys: Words, file: int, rows: Rows | None = None) -> None:
        """Note that *keys* lie in a file at the row numbers *rows*; by default in the order of its rows."""
        if not len(keys.first):
            return
        numbers = np.arange(len(keys.first)) if rows is None else rows
        self.runs.append(Run.of(keys, locations(file, numbers)))
        # Each key is moved log2(n) times in all, and there are log2(n) runs.
        while len(self.runs) > 1 and len(self.runs[-2].where) < 2 * len(self.runs[-1].where):
            newer, older = self.runs.pop(), self.runs.pop()
            self.runs.append(self._merged(older, newer))

    def _merged(self, older: Run, newer: Run) -> Run:
        """Return the entries of two runs that still count, in their order, as one run."""
        older, newer = self._living(older), self._living(newer)
        exact = older.words.second is None and newer.words.second is None
        at = np.searchsorted(older.words.first, newer.words.first, "right") + np.arange(len(newer.where))
        first = _woven(older.words.first, newer.words.first, at)
        second = None if exact else _woven(older.words.seconds(), newer.words.seconds(), at)
        merged = Run(Words(first, second), _woven(older.where, newer.where, at))
        return merged if len(merged.where) < MAPPED_KEYS else merged.mapped()

    def _living(self, run: Run) -> Run:
        alive = self.alive(run.where)
        return run if alive.all() else Run(run.words.take(np.flatnonzero(alive)), run.where[alive])


def _woven(older: Locations, newer: Locations, at: Rows) -> Locations:
    """Return *older* with *newer* between its numbers, where they get the ascending places *at*."""
    woven = np.empty(len(older) + len(newer), np.uint64)
    is_old = np.ones(len(woven), bool)
    is_old[at] = False
    woven[at], woven[is_old] = newer, older
    return woven


def _mapped(array: Locations) -> Locations:
    with tempfile.TemporaryFile() as file:
        array.tofile(file)
        file.flush()
        return np.memmap(file, np.uint64, "r")
