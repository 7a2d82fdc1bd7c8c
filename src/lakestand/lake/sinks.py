"""The stand's sinks by table format: `SINKS["iceberg"](settings, "shop")` has the tables of namespace shop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lakestand.lake import store
from lakestand.lake.names import path_part
from lakestand.lake.table import Sink
from lakestand.settings import Settings

if TYPE_CHECKING:  # extras
    from lakestand.lake.delta.sink import Delta
    from lakestand.lake.iceberg.sink import Iceberg


def iceberg(settings: Settings, namespace: str) -> Iceberg:
    """Return the Iceberg tables of *namespace* in the stand's catalogue; ServiceError when it does not answer."""
    from lakestand.lake.iceberg.sink import Iceberg  # noqa: PLC0415

    return Iceberg(store.iceberg(settings), namespace, deletes=settings.mirror_deletes)


def delta(settings: Settings, namespace: str) -> Delta:
    """Return the Delta tables of *namespace* in the stand's bucket."""
    from lakestand.lake.delta.sink import Delta  # noqa: PLC0415

    return Delta(f"s3://{settings.delta_bucket}", namespace, store.delta(settings))


SINKS: dict[str, Callable[[Settings, str], Sink]] = {"iceberg": iceberg, "delta": delta}


def drop_namespace(settings: Settings, namespace: str) -> None:
    """Delete all tables of *namespace* with their files, in both formats, as far as there are any."""
    from lakestand.lake.iceberg import tables  # noqa: PLC0415

    tables.drop_namespace(store.iceberg(settings), namespace)
    store.s3(settings).delete_dir_contents(f"{settings.delta_bucket}/{path_part(namespace)}", missing_dir_ok=True)
