"""All tasks under their names, which `invoke` and `lakestand` share."""

from __future__ import annotations

from invoke import Collection

from lakestand.tasks import (
    alerts,
    buckets,
    compose,
    connectors,
    delta,
    demo,
    iceberg,
    inbox,
    look,
    pipeline,
    reconcile,
    registration,
    schemas,
    stand,
    topics,
)

NAMESPACE = Collection(
    *(stand.up, stand.down, stand.restart, stand.status, stand.logs, stand.reset, stand.fetch),
    *(look.doctor, look.env, look.graph, look.settings, demo.demo, reconcile.reconcile),
    Collection("buckets", buckets.init, buckets.list_),
    Collection("compose", compose.engine, compose.build, compose.config_),
    Collection("topics", topics.list_),
    Collection("pipeline", pipeline.run),
    Collection("delta", delta.tables_, delta.history, delta.maintain, delta.restore),
    Collection("alerts", alerts.send, alerts.list_, alerts.silence),
    Collection("inbox", inbox.list_, inbox.wait, inbox.clear),
    Collection("schemas", schemas.list_, schemas.show, schemas.check, schemas.register, schemas.compat),
    Collection("iceberg", iceberg.tables_, iceberg.snapshots, iceberg.maintain),
    Collection(
        "connectors",
        registration.register,
        registration.check,
        connectors.list_,
        connectors.status,
        connectors.lag,
        connectors.offsets,
        connectors.snapshot,
        connectors.restart,
        connectors.delete,
    ),
)
