"""Names of columns in Avro, which has letters, digits and underscores alone: Debezium writes _u0020 for a blank.

It does so for a connector that reads such names (`tailoring`), and then for underscores too. A code has two zeros, or
three or four digits, and nothing ends it: which of the two is meant is a guess, and `is_readable` tells before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CODE = re.compile(r"_u(00[0-9a-f]{2}|[0-9a-f]{3,4})")
# Characters of three digits that often stand before one of four would be guessed: Latin, Greek, Cyrillic, Thai.
SHORT = re.compile(r"1[0-9a-f]{2}|21[89ab]|3[7-9a-f][0-9a-f]|4[0-9a-d][0-9a-f]|e[0-9a-f]{2}")


def original(names: Sequence[str]) -> list[str]:
    """Return the columns' names of a table, or of its key, as the source has them.

    >>> original(["id", "a_u002eb", "order_u005fid", "_u438_u43c"]), original(["id", "order_id"])
    (['id', 'a.b', 'order_id', 'им'], ['id', 'order_id'])
    """
    if any("_" in CODE.sub("", name) for name in names):
        return list(names)
    return [_decode(name) for name in names]


def is_readable(name: str) -> bool:
    """Return whether `original` gives *name* for what Debezium writes in its place."""
    return original([_encode(name)]) == [name]


def _decode(name: str) -> str:
    units = CODE.sub(lambda code: _unit(code[1]), name)
    return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be", errors="replace")


def _unit(digits: str) -> str:
    if len(digits) == 4 and SHORT.fullmatch(digits[:3]):
        return chr(int(digits[:3], 16)) + digits[3]
    return chr(int(digits, 16))


def _encode(name: str) -> str:
    units = name.encode("utf-16-be")
    characters = [chr(units[n] * 256 + units[n + 1]) for n in range(0, len(units), 2)]
    plain = re.compile("[A-Za-z0-9]")
    codes = [c if plain.fullmatch(c) and (n or not c.isdigit()) else _code(c) for n, c in enumerate(characters)]
    return "".join(codes)


def _code(unit: str) -> str:
    digits = f"{ord(unit):x}"
    return f"_u00{digits}" if len(digits) <= 2 else f"_u{digits}"
