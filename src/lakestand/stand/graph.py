"""The services, and the road of a change event through them, as a diagram."""

from __future__ import annotations

from collections.abc import Mapping

from lakestand.stand.service import Service

# Who talks to whom beyond "needs to start": the road of a change, and of an alert.
ROAD = (
    ("postgres", "connect", "WAL"),
    ("mysql", "connect", "binlog"),
    ("mariadb", "connect", "binlog"),
    ("connect", "kafka", "change events"),
    ("connect", "schema-registry", "schemas"),
    ("kafka", "pipeline", "change events"),
    ("pipeline", "iceberg-rest", "commits"),
    ("pipeline", "minio", "Parquet"),
    ("iceberg-rest", "minio", "metadata"),
    ("spark", "minio", "Delta"),
    ("pipeline", "exporter", "progress"),
    ("exporter", "prometheus", "metrics"),
    ("prometheus", "alertmanager", "alerts"),
    ("alertmanager", "inbox", "mail, Slack, webhook"),
)


def mermaid(services: Mapping[str, Service]) -> str:
    """Return a Mermaid flowchart: a node for each service with its first port, and a dashed arrow to what it needs."""
    nodes = [f'  {s.name}["{s.title}<br/>{s.ports[0]}"]' for s in services.values()]
    road = [f"  {source} -- {what} --> {target}" for source, target, what in ROAD]
    needs = [f"  {s.name} -. needs .-> {need}" for s in services.values() for need in s.needs]
    return "\n".join(["flowchart LR", *nodes, '  pipeline(["pipeline"])', *road, *needs])
