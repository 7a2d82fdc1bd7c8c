"""Names in SQL."""

from __future__ import annotations


def quote(name: str) -> str:
    """*name* as an identifier of MySQL, MariaDB, Spark and DataFusion: in backticks, of which its own are doubled.

    >>> quote("a`b")
    '`a``b`'
    """
    return f"`{name.replace('`', '``')}`"
