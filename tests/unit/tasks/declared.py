"""The tasks as they should be, listed by hand, and as tasks.py declares them."""

from __future__ import annotations

import importlib.util

from invoke import Collection

from tests import ROOT

TASKS = [
    *(
        "demo",
        "doctor",
        "down",
        "env",
        "fetch",
        "graph",
        "logs",
        "reconcile",
        "reset",
        "restart",
        "settings",
        "status",
        "up",
    ),
    *("compose.build", "compose.config", "compose.engine"),
    *("buckets.init", "buckets.list", "topics.list", "connectors.check", "connectors.delete", "connectors.list"),
    *(
        "connectors.lag",
        "connectors.offsets",
        "connectors.register",
        "connectors.restart",
        "connectors.snapshot",
        "connectors.status",
    ),
    *("iceberg.maintain", "iceberg.snapshots", "iceberg.tables", "pipeline.run"),
    *("delta.history", "delta.maintain", "delta.restore", "delta.tables"),
    *("alerts.list", "alerts.send", "alerts.silence", "inbox.clear", "inbox.list", "inbox.wait"),
    *("schemas.check", "schemas.compat", "schemas.list", "schemas.register", "schemas.show"),
]


def load_tasks() -> Collection:
    """Load the collection of tasks.py, which is in no package."""
    spec = importlib.util.spec_from_file_location("the_tasks", ROOT / "tasks.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    collection: Collection = module.ns
    return collection


NAMESPACE = load_tasks()
# Asked once: Invoke takes a help text out of its task when it hands it over.
ARGUMENTS = {name: {a.name: a.help for a in NAMESPACE[name].get_arguments()} for name in TASKS}
WITH_JSON = [
    *("up", "status", "doctor", "env", "settings", "demo", "reconcile", "topics.list", "buckets.init", "buckets.list"),
    *(
        "connectors.check",
        "connectors.lag",
        "connectors.list",
        "connectors.offsets",
        "connectors.register",
        "connectors.status",
    ),
    *("iceberg.maintain", "iceberg.snapshots", "iceberg.tables"),
    *("delta.history", "delta.maintain", "delta.tables"),
    *("alerts.list", "inbox.list", "inbox.wait"),
    *("schemas.check", "schemas.list", "schemas.register", "schemas.show"),
]
