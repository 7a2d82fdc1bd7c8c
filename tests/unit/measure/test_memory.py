"""What a soak says of growth."""

from __future__ import annotations

from lakestand.measure import memory


def test_growth_is_the_slope_of_the_second_half_in_mb_an_hour() -> None:
    # The first half climbs steeply, as caches do; then one service gains 6 MB a minute, the other nothing.
    early = [(minute, {"leaky": 100.0 * minute, "steady": 9.0}) for minute in range(10)]
    late = [(minute, {"leaky": 1000.0 + 6 * minute, "steady": 9.0}) for minute in range(10, 20)]

    found = memory.fit_growth([(60.0 * minute, mb) for minute, mb in early + late])

    basis = {"standard error": 0.0, "samples": 10, "minutes": 9.0}
    assert found == [
        {"service": "leaky", "MB an hour": 360.0, **basis},
        {"service": "steady", "MB an hour": 0.0, **basis},
    ]


def test_a_noisy_service_has_an_error_beside_its_slope() -> None:
    samples = [(60.0 * minute, {"noisy": 100.0 + 10 * (minute % 2)}) for minute in range(40)]

    (found,) = memory.fit_growth(samples)

    assert abs(float(str(found["MB an hour"]))) < 2 * float(str(found["standard error"]))


def test_a_soak_too_short_for_a_slope_has_none() -> None:
    assert memory.fit_growth([(float(n), {"kafka": 1.0}) for n in range(6)]) == []


def test_the_biggest_are_those_with_the_highest_peaks() -> None:
    peaks = {name: float(size) for size, name in enumerate("abcdefg", 1)}
    samples = [(0.0, peaks), (1.0, dict.fromkeys("abcdefg", 0.5) | {"a": 50.0})]

    assert [row["service"] for row in memory.list_biggest(samples)] == ["a", "g", "f", "e", "d"]
