"""What a measurement leaves in the lake, removed."""

from __future__ import annotations

from lakestand.lake import store
from lakestand.settings import Settings


def remove(settings: Settings, namespace: str) -> None:
    """All tables of *namespace*, in both formats, with their files."""
    catalog = store.iceberg(settings)
    if catalog.namespace_exists(namespace):
        for table in catalog.list_tables(namespace):
            catalog.purge_table(table)
        catalog.drop_namespace(namespace)
    store.s3(settings).delete_dir_contents(f"{settings.delta_bucket}/{namespace}", missing_dir_ok=True)
