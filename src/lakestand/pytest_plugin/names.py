"""Names that no other test has."""

from __future__ import annotations

import uuid


def unique(kind: str) -> str:
    """Return *kind* with a random suffix, which every service accepts in a name: "test" → "test_3f2a9c01de"."""
    return f"{kind}_{uuid.uuid4().hex[:10]}"
