"""The limits that criteria are judged by: one row each, from which both the report's words and its verdict come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Unit of a figure → from which value on it is written in which unit, and how much of the figure's unit that is.
SCALES = {
    "s": ((120, "min", 60), (1, "s", 1), (0, "ms", 0.001)),
    "ms": ((1000, "s", 1000), (0, "ms", 1)),
    "MB": ((1024, "GB", 1024), (0, "MB", 1)),
    "a second": ((10, "a second", 1), (0, "a minute", 1 / 60)),
}
PERCENTILES = {50: "p50 ", 99: "p99 ", 100: ""}


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What the specification and we ourselves allow of one figure, which must stay below the limit.

    Attributes:
        series: where the figure is read: a series of a record, a benchmark or a story. {rate} stands for each rate
            that lag was measured at, {events} for the greatest number of events of throughput.
        what: which figure it is, in a reader's words.
        unit: the unit of the figure and of both limits.
        percentile: which percentile of the series is the figure; 100 is its greatest sample.
        specification: the specification's limit; None where it has none.
        ours: our own limit, which is stricter; None where we have none.
        least: whether the figure must instead reach the limit.
    """

    series: str
    unit: str
    what: str = ""
    percentile: int = 100
    specification: float | None = None
    ours: float | None = None
    least: bool = False

    def allows(self, figure: float, limit: float | None) -> bool:
        """Return whether *figure* keeps to *limit*, which is one of this row's two."""
        if limit is None:
            return True
        return figure >= limit if self.least else figure < limit

    def in_words(self, limit: float) -> str:
        """Return one of this row's two limits as text: "< 10 min", "≥ 60 a second"."""
        return f"{'≥' if self.least else '<'} {with_unit(limit, self.unit)}"


ICEBERG = (Limit(series="iceberg", unit="s", specification=600, ours=60),)
SCHEMA = (Limit(series="schema", unit="s", specification=120, ours=20),)
FLAKINESS = (
    Limit(series="delta", unit="s", specification=480),
    Limit(series="delta.alone", what="each that has 2 cores to itself", unit="s", ours=120),
)
TABLES = (
    Limit(
        series="test_append_of_1000_rows",
        what="Iceberg's write",
        unit="s",
        percentile=50,
        specification=5,
        ours=0.15,
    ),
    Limit(
        series="test_full_read_of_1000_rows",
        what="Iceberg's read",
        unit="s",
        percentile=50,
        specification=2,
        ours=0.1,
    ),
    Limit(
        series="test_a_warm_write_of_1000_rows_by_spark",
        what="Delta's warm write by Spark",
        unit="s",
        percentile=50,
        specification=5,
        ours=0.5,
    ),
    Limit(series="test_a_warm_read_of_1000_rows_by_spark", unit="s", percentile=50, specification=2),
)
STARTUP = (
    Limit(series="startup.fresh", what="fresh", unit="s", specification=180, ours=10),
    Limit(series="startup.warm", what="warm", unit="s", specification=180, ours=7),
)
MEMORY = (
    Limit(series="memory.idle", what="idle", unit="MB", ours=1.3 * 1024),
    Limit(series="memory.load", unit="MB", specification=8 * 1024),
    Limit(series="memory.after", what="after load", unit="MB", ours=2.5 * 1024),
    Limit(series="memory.spark.idle", what="with Spark idle", unit="MB", ours=2.2 * 1024),
    Limit(series="memory.spark.cluster", unit="MB", specification=8 * 1024),
    Limit(series="memory.spark.after", what="with Spark after load", unit="MB", ours=3.5 * 1024),
)
LAG = (
    Limit(series="lag.{rate}.kafka", what="in Kafka", unit="ms", percentile=50, ours=55),
    Limit(series="lag.{rate}.kafka", what="in Kafka", unit="ms", percentile=99, ours=250),
    Limit(series="lag.{rate}.iceberg", what="in Iceberg", unit="ms", percentile=50, ours=1000),
    Limit(series="lag.{rate}.iceberg", unit="ms", percentile=99, specification=5000),
    Limit(series="lag.{rate}.delta", unit="ms", percentile=99, specification=5000),
)
THROUGHPUT = tuple(
    Limit(
        series=f"throughput.avro.{{events}}.local: Kafka → {stage}",
        what=stage,
        unit="events/s",
        percentile=50,
        ours=ours,
        least=True,
    )
    for stage, ours in (
        ("iceberg changelog", 150_000),
        ("delta changelog", 150_000),
        ("iceberg mirror", 40_000),
        ("delta mirror", 120_000),
    )
)
REGISTRATIONS = (
    Limit(
        series="test_several_clients_register_new_schemas",
        unit="a second",
        specification=100 / 60,
        ours=60,
        least=True,
    ),
)


def judge(limits: Sequence[Limit], figure: Callable[[Limit], float]) -> tuple[bool, bool]:
    """Return whether all *figures* keep to the specification's limits, and whether they keep to ours as well."""
    met = all(limit.allows(figure(limit), limit.specification) for limit in limits)
    return met, met and all(limit.allows(figure(limit), limit.ours) for limit in limits)


def specification_in_words(limits: Sequence[Limit]) -> str:
    """Return the specification's limits, each once: "< 5 s and < 2 s"; "none" where it has none."""
    words = [limit.in_words(limit.specification) for limit in limits if limit.specification is not None]
    return " and ".join(dict.fromkeys(words)) or "none"


def ours_in_words(limits: Sequence[Limit]) -> str:
    """Return our own limits with what they are for: "fresh < 10 s, warm < 7 s"."""
    return ", ".join(
        f"{limit.what} {PERCENTILES[limit.percentile]}{limit.in_words(limit.ours)}".lstrip()
        for limit in limits
        if limit.ours is not None
    )


def with_unit(value: float, unit: str) -> str:
    """Return *value* in the greatest unit that suits it: 480 in "s" is "8 min", 0.15 in "s" is "150 ms"."""
    for least, name, size in SCALES.get(unit, ((0, unit, 1),)):
        if value >= least:
            return f"{value / size:,.10g} {name}"
    raise ValueError(f"a limit cannot be negative: {value} {unit}")
