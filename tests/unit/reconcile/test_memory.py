"""Ten times the rows are compared in nearly the same memory."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

from tests import ROOT

FEW, MANY = 400_000, 4_000_000
# As Arrow holds the many, both tables: what must not be in memory at once.
BYTES = 2 * MANY * (8 + 4 + 4 + 25 + 16 + 4)
PROGRAM = """
import sys
from pathlib import Path
from lakestand.measure.reconcile import SCHEMA, SLICE, slices
from lakestand.reconcile.difference import reconcile

def highest():
    # Not getrusage: its maximum survives exec, so it would be that of the process of the tests.
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
before = highest()
def chunks():
    for part in slices(int(sys.argv[1])):
        for start in range(0, SLICE, 50_000):
            yield part.slice(start, 50_000)
found = reconcile(chunks(), chunks(), SCHEMA, ["id"], memory_mb=64)
assert found.equal, found
print(found.source_rows, (highest() - before) * 1024)
"""


@cache
def grown(rows: int) -> int:
    """Return by how many bytes a process grows that compares so many rows."""
    argv = [sys.executable, "-c", PROGRAM, str(rows)]
    done = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True)
    compared, size = map(int, done.stdout.split())
    assert compared == rows
    return size


def test_ten_times_the_rows_take_less_than_twice_the_memory() -> None:
    assert grown(MANY) < 2 * grown(FEW)


def test_many_rows_are_never_all_in_memory() -> None:
    assert grown(MANY) < BYTES
