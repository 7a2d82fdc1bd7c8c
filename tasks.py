"""What `invoke` finds in a checkout: the tasks of lakestand. `invoke --list` names them."""

from __future__ import annotations

from lakestand.tasks.namespace import NAMESPACE as ns  # noqa: N811  Invoke looks for this name

__all__ = ["ns"]
