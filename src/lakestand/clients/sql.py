"""Names in SQL."""

from __future__ import annotations


def quote(name: str) -> str:
    """Return *name* as an identifier of MySQL, MariaDB, Spark or DataFusion: in backticks, with its own doubled.

    >>> quote("a`b")
    '`a``b`'
    """
    return f"`{name.replace('`', '``')}`"
