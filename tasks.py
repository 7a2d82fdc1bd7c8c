"""The Invoke namespace: a thin face over lakestand. `invoke --list` names the tasks."""

from __future__ import annotations

from invoke import Collection

from lakestand.tasks import look, stand

ns = Collection(
    *(stand.up, stand.down, stand.restart, stand.status, stand.logs, stand.reset, stand.fetch),
    *(look.doctor, look.env, look.graph, look.settings),
)
