"""The sinks of the stand: where the tables of a namespace are, by kind."""

from __future__ import annotations

from collections.abc import Callable

from lakestand.lake import store
from lakestand.lake.delta.sink import Delta
from lakestand.lake.iceberg.sink import Iceberg
from lakestand.lake.table import Sink
from lakestand.settings import Settings


def iceberg(settings: Settings, namespace: str) -> Iceberg:
    """Tables of the stand's catalogue."""
    return Iceberg(store.iceberg(settings), namespace)


def delta(settings: Settings, namespace: str) -> Delta:
    """Tables in the stand's bucket."""
    return Delta(f"s3://{settings.delta_bucket}", namespace, store.delta(settings))


SINKS: dict[str, Callable[[Settings, str], Sink]] = {"iceberg": iceberg, "delta": delta}
