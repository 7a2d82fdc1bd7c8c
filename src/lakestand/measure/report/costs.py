"""How the criteria of time, memory, lag and throughput are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lakestand.errors import NotMeasured
from lakestand.measure.record import Record
from lakestand.measure.report import limits
from lakestand.measure.report.evidence import Evidence
from lakestand.measure.report.judging import Verdict, find_benchmark, find_figure, find_record, name_machines
from lakestand.measure.report.limits import Limit, judge


def tables(evidence: Evidence) -> Verdict:
    """Judge the median seconds of writing and reading 1,000 rows."""
    benchmarks = {limit.series: find_benchmark(evidence, limit.series) for limit in limits.TABLES}
    append, read, write, loaded = (benchmark.median for benchmark in benchmarks.values())
    rounds = min(benchmark.rounds for benchmark in benchmarks.values())
    measured = f"p50 Iceberg {append * 1000:.0f} and {read * 1000:.0f} ms, "
    measured += f"Delta by Spark {write:.2f} and {loaded:.2f} s (n = {rounds} at least)"
    met, ours_met = judge(limits.TABLES, lambda limit: benchmarks[limit.series].median)
    machine = name_machines(benchmark.machine for benchmark in benchmarks.values())
    return Verdict(measured=measured, met=met, ours_met=ours_met, machine=machine)


def startup(evidence: Evidence) -> Verdict:
    """Judge the slowest bring-ups; under Compose too where it was measured, as text alone."""
    record = find_record(evidence, "startup")
    fresh = find_figure(record, "startup.fresh", 100)
    warm = find_figure(record, "startup.warm", 100)
    measured = f"{fresh:.1f} s with fresh data, {warm:.1f} s warm (slowest of {record.parameters['runs']})"
    measured += _under_compose(evidence, "startup", "startup.fresh", "s with fresh data")
    return _judge_record(record, limits.STARTUP, measured)


def memory(evidence: Evidence) -> Verdict:
    """Judge the memory of all services together, and with Spark's: idle, at its peak, and after the load."""
    record = find_record(evidence, "memory")

    def gigabytes(kind: str) -> float:
        return find_figure(record, f"memory.{kind}", 100) / 1024

    measured = (
        f"PSS {gigabytes('idle'):.2f} GB idle, {gigabytes('load'):.2f} at most under load, "
        f"{gigabytes('after'):.2f} after it; with Spark {gigabytes('spark.idle'):.2f}, "
        f"{gigabytes('spark.cluster'):.2f} and {gigabytes('spark.after'):.2f} GB"
    )
    measured += _under_compose(evidence, "memory", "memory.load", "MB by docker stats under load")
    return _judge_record(record, limits.MEMORY, measured)


def _under_compose(evidence: Evidence, session: str, series: str, unit: str) -> str:
    record = evidence.records.get(f"{session}.compose")
    if record is None:
        return f"; Compose not measured: LAKESTAND_RUNTIME=compose nox -s {session}"
    return f"; Compose {find_figure(record, series, 100):,.1f} {unit}"


def lag(evidence: Evidence) -> Verdict:
    """Judge the worst percentiles of all rates."""
    record = find_record(evidence, "lag")
    rates = record.parameters["rates"]

    def worst(series: str, percentile: float) -> float:
        return max(find_figure(record, series.format(rate=rate), percentile) for rate in rates)

    places = {name: f"lag.{{rate}}.{name.lower()}" for name in ("Kafka", "Iceberg", "Delta")}
    measured = "p50 and p99 " + ", ".join(
        f"in {name} {worst(series, 50):,.0f} and {worst(series, 99):,.0f} ms" for name, series in places.items()
    )
    reached = ", ".join(f"{find_figure(record, f'lag.{rate}.reached', 50):,.0f}" for rate in rates)
    measured += f"; the worst of {reached} rows/s reached"
    met, ours_met = judge(limits.LAG, lambda limit: worst(limit.series, limit.percentile))
    return Verdict(measured=measured, met=met, ours_met=ours_met, machine=str(record.machine))


def throughput(evidence: Evidence) -> Verdict:
    """Judge one process with the fullest topic, in Avro. The specification has no limit: met when it was measured."""
    record = find_record(evidence, "throughput")
    events = max(record.parameters["events"])
    rows = [replace(limit, series=limit.series.format(events=events)) for limit in limits.THROUGHPUT]
    rates = ", ".join(f"{row.what} {find_figure(record, row.series, row.percentile):,.0f}" for row in rows)
    return _judge_record(record, rows, f"{rates} events/s ({events:,} events)")


def registrations(evidence: Evidence) -> Verdict:
    """Judge how many schemas several clients register at once."""
    (limit,) = limits.REGISTRATIONS
    benchmark = find_benchmark(evidence, limit.series)
    rate = benchmark.extra.get("registrations_per_s")
    if rate is None:
        raise NotMeasured("the saved run has no rate: nox -s timing")
    met, ours_met = judge([limit], lambda _limit: float(rate))
    return Verdict(measured=f"{rate:.0f} a second by 4 clients", met=met, ours_met=ours_met, machine=benchmark.machine)


def _judge_record(record: Record, rows: Sequence[Limit], measured: str) -> Verdict:
    met, ours_met = judge(rows, lambda limit: find_figure(record, limit.series, limit.percentile))
    return Verdict(measured=measured, met=met, ours_met=ours_met, machine=str(record.machine))
