"""How the criteria of time, memory, lag and throughput are judged."""

from __future__ import annotations

from lakestand.errors import NotMeasured
from lakestand.measure.report.evidence import Evidence
from lakestand.measure.report.judging import Verdict, at, benchmark, one, record_of


def tables(evidence: Evidence) -> Verdict:
    """Medians of 1,000 rows."""
    names = ("append_of_1000_rows", "full_read_of_1000_rows", "a_warm_write_of_1000_rows_by_spark")
    found = [benchmark(evidence, f"test_{name}") for name in (*names, "a_warm_read_of_1000_rows_by_spark")]
    append, read, write, loaded = (each.median for each in found)
    told = f"p50 Iceberg {append * 1000:.0f} and {read * 1000:.0f} ms, Delta by Spark {write:.2f} and {loaded:.2f} s"
    told += f" (n = {min(each.rounds for each in found)} at least)"
    met = max(append, write) < 5 and max(read, loaded) < 2
    ours_met = append < 0.15 and read < 0.1 and write < 0.5
    return Verdict(measured=told, met=met, ours_met=ours_met, machine=one(each.machine for each in found))


def startup(evidence: Evidence) -> Verdict:
    """The slowest bring-ups, under Compose too where it was measured."""
    record = record_of(evidence, "startup")
    fresh, warm = (at(record, f"startup.{kind}", 100) for kind in ("fresh", "warm"))
    told = f"{fresh:.1f} s with fresh data, {warm:.1f} s warm (slowest of {record.parameters['runs']})"
    told += _under_compose(evidence, "startup", "startup.fresh", "s with fresh data")
    met, ours_met = max(fresh, warm) < 180, fresh < 10 and warm < 7
    return Verdict(measured=told, met=met, ours_met=ours_met, machine=str(record.machine))


def memory(evidence: Evidence) -> Verdict:
    """All services together, and with Spark's: idle, the peak, and what is held after the load."""
    record = record_of(evidence, "memory")

    def most(kind: str) -> float:
        return at(record, f"memory.{kind}", 100) / 1024

    idle, load, after = most("idle"), most("load"), most("after")
    with_idle, with_load, with_after = most("spark.idle"), most("spark.cluster"), most("spark.after")
    told = (
        f"PSS {idle:.2f} GB idle, {load:.2f} at most under load, {after:.2f} after it; "
        f"with Spark {with_idle:.2f}, {with_load:.2f} and {with_after:.2f} GB"
    )
    told += _under_compose(evidence, "memory", "memory.load", "MB by docker stats under load")
    met = max(load, with_load) < 8
    ours_met = idle < 1.3 and after < 2.5 and with_idle < 2.2 and with_after < 3.5
    return Verdict(measured=told, met=met, ours_met=ours_met, machine=str(record.machine))


def _under_compose(evidence: Evidence, session: str, series: str, unit: str) -> str:
    found = evidence.records.get(f"{session}.compose")
    if found is None:
        return f"; Compose not measured: LAKESTAND_RUNTIME=compose nox -s {session}"
    return f"; Compose {at(found, series, 100):,.1f} {unit}"


def lag(evidence: Evidence) -> Verdict:
    """The worst percentiles of all rates."""
    record = record_of(evidence, "lag")
    rates = record.parameters["rates"]

    def worst(where: str, percentile: float) -> float:
        return max(at(record, f"lag.{rate}.{where}", percentile) for rate in rates)

    kafka, iceberg, delta = ((worst(where, 50), worst(where, 99)) for where in ("kafka", "iceberg", "delta"))
    told = "p50 and p99 " + ", ".join(
        f"{name} {p50:,.0f} and {p99:,.0f} ms"
        for name, (p50, p99) in (("in Kafka", kafka), ("in Iceberg", iceberg), ("in Delta", delta))
    )
    reached = ", ".join(f"{at(record, f'lag.{rate}.reached', 50):,.0f}" for rate in rates)
    told += f"; the worst of {reached} rows/s reached"
    met = max(iceberg[1], delta[1]) < 5_000
    ours_met = met and kafka[0] < 55 and kafka[1] < 250 and iceberg[0] < 1_000
    return Verdict(measured=told, met=met, ours_met=ours_met, machine=str(record.machine))


RATES = {
    "local: Kafka → iceberg changelog": 150_000,
    "local: Kafka → delta changelog": 150_000,
    "local: Kafka → iceberg mirror": 40_000,
    "local: Kafka → delta mirror": 120_000,
}


def throughput(evidence: Evidence) -> Verdict:
    """Of one process and the fullest topic, in Avro. The specification has none: met when it was measured."""
    record = record_of(evidence, "throughput")
    events = max(record.parameters["events"])
    found = {name: at(record, f"throughput.avro.{events}.{name}", 50) for name in RATES}
    told = ", ".join(f"{name.removeprefix('local: Kafka → ')} {rate:,.0f}" for name, rate in found.items())
    ours_met = all(found[name] >= rate for name, rate in RATES.items())
    return Verdict(
        measured=f"{told} events/s ({events:,} events)", met=True, ours_met=ours_met, machine=str(record.machine)
    )


def registrations(evidence: Evidence) -> Verdict:
    """By several clients at once."""
    found = benchmark(evidence, "test_several_clients_register_new_schemas")
    rate = found.extra.get("registrations_per_s")
    if rate is None:
        raise NotMeasured("the saved run has no rate: nox -s timing")
    told = f"{rate:.0f} a second by 4 clients"
    return Verdict(measured=told, met=rate >= 100 / 60, ours_met=rate >= 60, machine=found.machine)
