"""How often a test may still fail, after so many runs of which so few failed."""

from __future__ import annotations

from bisect import bisect_left
from math import comb

CONFIDENCE = 0.95
STEPS = 10**9  # rates between 0 and 1 that the search tells apart


def upper_bound(failures: int, runs: int, confidence: float = CONFIDENCE) -> float:
    """Return the failure rate, 0 to 1, that the test's true rate does not exceed with *confidence*.

    It is the one-sided interval of Clopper and Pearson (Biometrika 26, 1934): the rate at which *failures* or fewer in
    *runs* would be as unlikely as 1 - *confidence*. 10 clean runs give 0.26, 298 clean runs give 0.01.
    """
    if failures >= runs:
        return 1.0
    if failures == 0:
        return float(1 - (1 - confidence) ** (1 / runs))
    # Only SciPy has the inverse of the beta distribution, and it would be installed for this line alone.
    steps = range(1, STEPS)
    return steps[bisect_left(steps, True, key=lambda n: _at_most(failures, runs, n / STEPS) <= 1 - confidence)] / STEPS


def _at_most(failures: int, runs: int, rate: float) -> float:
    return sum(comb(runs, k) * rate**k * (1 - rate) ** (runs - k) for k in range(failures + 1))
