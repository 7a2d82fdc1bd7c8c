"""The ledger: every outcome of every test, in an SQLite file that outlives the runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev

# The file's name in the folder of reports.
LEDGER = "flakiness.sqlite"
TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY, story TEXT NOT NULL, seed INTEGER NOT NULL, began TEXT NOT NULL, seconds REAL NOT NULL,
    busy INTEGER NOT NULL DEFAULT 0, machine TEXT NOT NULL DEFAULT '', problem TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS outcomes (
    run INTEGER NOT NULL REFERENCES runs, test TEXT NOT NULL, outcome TEXT NOT NULL, seconds REAL NOT NULL,
    evidence TEXT NOT NULL
);
"""
# Columns that the ledgers of earlier versions lack.
ADDED = {
    "busy": "INTEGER NOT NULL DEFAULT 0",
    "machine": "TEXT NOT NULL DEFAULT ''",
    "problem": "TEXT NOT NULL DEFAULT ''",
}
# The outcome of a file that could not be imported, and so of no test.
UNCOLLECTED = "uncollected"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one test ended in one run: passed, failed, error or skipped, after so many seconds.

    *evidence* of a failure is its trace, what it printed, and the logs of its services.
    """

    test: str
    outcome: str
    seconds: float
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class StoryRun:
    """One run of a story's tests.

    Attributes:
        seed: of the random order.
        began: the moment as ISO 8601.
        seconds: how long it took.
        busy: how many processes kept the processor busy beside it.
        machine: the machine it ran on.
        problem: why it was no complete run of the tests; empty for one that was.
        failures: how many tests did not pass.
    """

    story: str
    seed: int
    began: str
    seconds: float
    busy: int = 0
    machine: str = ""
    problem: str = ""
    failures: int = 0


@dataclass(frozen=True, kw_only=True)
class TestStatistics:
    """One test over many runs.

    Attributes:
        test: its node id.
        runs: in how many runs it ran.
        failures: in how many of them it did not pass.
        seconds: the mean of its times.
        spread: their standard deviation, in seconds.
        seeds: the seeds of the runs in which it did not pass.
    """

    test: str
    runs: int
    failures: int
    seconds: float
    spread: float
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Ledger:
    """The runs in the SQLite file *path*, which is created with the first one."""

    path: Path

    def add(self, run: StoryRun, outcomes: Iterable[Outcome]) -> None:
        """Keep a run with the outcomes of its tests."""
        row = (run.story, run.seed, run.began, run.seconds, run.busy, run.machine, run.problem)
        columns = "story, seed, began, seconds, busy, machine, problem"
        with self._open() as book:
            number = book.execute(f"INSERT INTO runs ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row).lastrowid  # noqa: S608
            rows = [(number, o.test, o.outcome, o.seconds, o.evidence) for o in outcomes]
            book.executemany("INSERT INTO outcomes VALUES (?, ?, ?, ?, ?)", rows)

    def tests(self, story: str, last: int) -> list[TestStatistics]:
        """Return each test over the story's *last* runs: those that failed most often first, then the slowest."""
        query = (
            "SELECT o.test, o.outcome, o.seconds, r.seed FROM outcomes o JOIN (SELECT * FROM runs WHERE story = ? "
            "ORDER BY id DESC LIMIT ?) r ON r.id = o.run ORDER BY r.id"
        )
        with self._open() as book:
            rows = book.execute(query, (story, last)).fetchall()
        by_test: dict[str, list[tuple[str, float, int]]] = {}
        for test, outcome, seconds, seed in rows:
            by_test.setdefault(test, []).append((outcome, seconds, seed))
        return sorted((_summarize(*item) for item in by_test.items()), key=lambda t: (-t.failures, -t.seconds))

    def stories(self) -> list[str]:
        """Return the names of the stories that were run, in alphabetical order."""
        with self._open() as book:
            return [str(row[0]) for row in book.execute("SELECT DISTINCT story FROM runs ORDER BY story")]

    def runs(self, story: str, last: int, since: str = "") -> list[StoryRun]:
        """Return the story's *last* complete runs that began at *since* or later, oldest first."""
        query = (
            "SELECT r.story, r.seed, r.began, r.seconds, r.busy, r.machine, sum(o.outcome != 'passed') FROM runs r "
            "LEFT JOIN outcomes o ON o.run = r.id WHERE r.story = ? AND r.began >= ? AND r.problem = '' GROUP BY r.id "
            "ORDER BY r.id DESC LIMIT ?"
        )
        with self._open() as book:
            rows = book.execute(query, (story, since, last)).fetchall()
        names = ("story", "seed", "began", "seconds", "busy", "machine")
        return [StoryRun(**dict(zip(names, row, strict=False)), failures=int(row[-1] or 0)) for row in reversed(rows)]

    def evidence(self, test: str, seed: int) -> str:
        """Return the evidence of the last failure of *test* in a run of *seed*; empty when there was none."""
        query = (
            "SELECT evidence FROM outcomes o JOIN runs r ON r.id = o.run WHERE o.test = ? AND r.seed = ? "
            "AND o.outcome != 'passed' ORDER BY r.id DESC"
        )
        with self._open() as book:
            return str((book.execute(query, (test, seed)).fetchone() or ("",))[0])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path)) as book, book:
            book.executescript(TABLES)
            columns = {row[1] for row in book.execute("PRAGMA table_info(runs)")}
            for name in ADDED.keys() - columns:
                book.execute(f"ALTER TABLE runs ADD COLUMN {name} {ADDED[name]}")
            yield book


def _summarize(test: str, outcomes: Sequence[tuple[str, float, int]]) -> TestStatistics:
    seconds = [duration for _, duration, _ in outcomes]
    bad = [seed for outcome, _, seed in outcomes if outcome != "passed"]
    return TestStatistics(
        test=test,
        runs=len(outcomes),
        failures=len(bad),
        seconds=fmean(seconds),
        spread=pstdev(seconds),
        seeds=tuple(bad),
    )
