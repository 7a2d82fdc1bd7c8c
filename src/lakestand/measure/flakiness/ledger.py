"""Every test's every outcome, in an SQLite file that outlives the runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev
from xml.etree.ElementTree import Element, parse

# Its name among the reports.
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
# What ledgers of earlier versions lack.
ADDED = {
    "busy": "INTEGER NOT NULL DEFAULT 0",
    "machine": "TEXT NOT NULL DEFAULT ''",
    "problem": "TEXT NOT NULL DEFAULT ''",
}
# The outcome of a file that could not be imported, and so of no test.
UNCOLLECTED = "uncollected"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One test in one run: passed, failed, error or skipped; a failure with its trace and its services' logs."""

    test: str
    outcome: str
    seconds: float
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class StoryRun:
    """One run of a story's tests in the order of *seed*, beside *busy* processes that did nothing but work.

    *problem* says why it was no complete run of the tests; it is empty for one that was.
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
    """One test over many runs; seconds are means."""

    test: str
    runs: int
    failures: int
    seconds: float
    spread: float
    seeds: tuple[int, ...]


def outcomes(junit: Path) -> Iterator[Outcome]:
    """Of a JUnit report."""
    for case in parse(junit).iter("testcase"):  # noqa: S314
        bad = next((child for child in case if child.tag in {"failure", "error", "skipped"}), None)
        kind = "passed" if bad is None else bad.tag.replace("failure", "failed")
        told = "" if bad is None else "\n".join(filter(None, (bad.text, *(_said(case)))))
        name = f"{case.get('classname')}::{case.get('name')}"
        yield Outcome(test=name, outcome=kind, seconds=float(case.get("time", 0)), evidence=told)


def suite_seconds(junit: Path) -> float:
    """How long the run of a JUnit report took."""
    return sum(float(suite.get("time", 0)) for suite in parse(junit).iter("testsuite"))  # noqa: S314


def _said(case: Element) -> Iterator[str | None]:
    return (child.text for child in case if child.tag in {"system-out", "system-err"})


@dataclass(frozen=True)
class Ledger:
    """A file of runs."""

    path: Path

    def add(self, run: StoryRun, found: Iterable[Outcome]) -> None:
        """One run."""
        row = (run.story, run.seed, run.began, run.seconds, run.busy, run.machine, run.problem)
        columns = "story, seed, began, seconds, busy, machine, problem"
        with self._open() as book:
            number = book.execute(f"INSERT INTO runs ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row).lastrowid  # noqa: S608
            rows = [(number, o.test, o.outcome, o.seconds, o.evidence) for o in found]
            book.executemany("INSERT INTO outcomes VALUES (?, ?, ?, ?, ?)", rows)

    def tests(self, story: str, last: int) -> list[TestStatistics]:
        """Each test over the story's *last* runs; what failed most first, then the slowest."""
        query = (
            "SELECT o.test, o.outcome, o.seconds, r.seed FROM outcomes o JOIN (SELECT * FROM runs WHERE story = ? "
            "ORDER BY id DESC LIMIT ?) r ON r.id = o.run ORDER BY r.id"
        )
        with self._open() as book:
            rows = book.execute(query, (story, last)).fetchall()
        by_test: dict[str, list[tuple[str, float, int]]] = {}
        for test, *row in rows:
            by_test.setdefault(test, []).append((row[0], row[1], row[2]))
        return sorted((_test(name, found) for name, found in by_test.items()), key=lambda t: (-t.failures, -t.seconds))

    def stories(self) -> list[str]:
        """Those that were run."""
        with self._open() as book:
            return [str(row[0]) for row in book.execute("SELECT DISTINCT story FROM runs ORDER BY story")]

    def runs(self, story: str, last: int, since: str = "") -> list[StoryRun]:
        """The story's *last* complete runs that began at *since* or later, oldest first.

        Their *failures* are the outcomes that are no passes.
        """
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
        """What a failure of *test* in the run of *seed* left."""
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
            there = {row[1] for row in book.execute("PRAGMA table_info(runs)")}
            for name in ADDED.keys() - there:
                book.execute(f"ALTER TABLE runs ADD COLUMN {name} {ADDED[name]}")
            yield book


def _test(name: str, found: list[tuple[str, float, int]]) -> TestStatistics:
    seconds = [each for _, each, _ in found]
    bad = [seed for outcome, _, seed in found if outcome != "passed"]
    return TestStatistics(
        test=name,
        runs=len(found),
        failures=len(bad),
        seconds=fmean(seconds),
        spread=pstdev(seconds),
        seeds=tuple(bad),
    )
