"""The Invoke namespace: a thin face over lakestand. `invoke --list` names the tasks."""

from __future__ import annotations

from invoke import Collection

from lakestand.tasks import stand

ns = Collection(stand.up, stand.down, stand.restart, stand.status, stand.logs, stand.reset, stand.fetch)
