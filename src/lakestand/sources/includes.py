"""Which tables a connector reads, as Debezium's properties have them, and the topics that it writes them to.

An include list is regular expressions in Java, separated by commas, that ignore case: names are quoted character by
character. A topic's name has letters, digits, dots, hyphens and underscores; Debezium writes _ for everything else.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from lakestand.lake.names import TableName, split

CASE = "(?-i)"  # Debezium compiles every expression so that it ignores case
NOT_IN_TOPICS = re.compile(r"[^A-Za-z0-9._-]")
BASIC = 0xFFFF
LONGEST = 63
CODE = re.compile(r"\\x\{([0-9a-f]+)\}")


def include_list(tables: Iterable[str]) -> str:
    r"""Return the value of table.include.list for exactly these tables.

    >>> include_list(["public.orders", "public.price+tax"])
    '(?-i)public\\.orders,(?-i)public\\.price\\x{2b}tax'
    """
    return ",".join(expression(name) for name in tables)


def expression(table: str, *columns: str) -> str:
    """Return the expression that matches a table alone, or one of its columns."""
    return CASE + r"\.".join(_quoted(part) for part in (*TableName.parse(table), *columns))


def listed(include_list: str) -> list[str]:
    """Return the tables of an include list that `include_list` made, or that names tables without quoting."""
    return [str(TableName.parse(_unquoted(part))) if CASE in part else part for part in split(include_list)]


def _quoted(name: str) -> str:
    # By its code, a character cannot be a comma, a blank at an end or anything else that Debezium or Java would read.
    return "".join(c if re.fullmatch(r"\w", c, re.ASCII) else rf"\x{{{ord(c):x}}}" for c in name)


def _unquoted(pattern: str) -> str:
    schema, _, table = pattern.removeprefix(CASE).partition(r"\.")
    return str(TableName(*(CODE.sub(lambda code: chr(int(code[1], 16)), part) for part in (schema, table))))


def includes(include_list: str, table: str) -> bool:
    """Return whether an include list, in which expressions may stand that nobody quoted, has *table*."""
    plain = ".".join(TableName.parse(table))
    names = listed(include_list)
    return table in names or any(CASE not in include_list and re.fullmatch(n, plain, re.IGNORECASE) for n in names)


def databases(tables: Iterable[str]) -> str:
    """Return the value of database.include.list for these tables of MySQL or MariaDB."""
    names = sorted({TableName.parse(table).schema for table in tables if table})
    return ",".join(CASE + _quoted(name) for name in names)


def topic_name(name: str) -> str:
    """Return *name* with letters, digits, dots, hyphens and underscores alone; one that had others ends with a hash.

    >>> topic_name("Shop.EU")
    'Shop.EU'
    """
    plain = NOT_IN_TOPICS.sub("_", name)
    return plain if plain == name else f"{plain}_{_hash(name)}"


def plain_name(name: str) -> str:
    """Return *name* as a replication slot may be called, and a publication with it.

    >>> plain_name("shop-orders"), plain_name("Shop.EU")
    ('shop_orders', 'shop_eu_bf7794b2')
    """
    plain = re.sub(r"[^a-z0-9_]", "_", name.lower())
    if plain == name.replace("-", "_") and len(plain) <= LONGEST:
        return plain
    return f"{plain[: LONGEST - 9]}_{_hash(name)}"


def _hash(name: str) -> str:
    return f"{zlib.crc32(name.encode()):08x}"


def topic(prefix: str, table: str) -> str:
    """Return the name of the topic that holds a table's changes.

    >>> topic("shop", "public.Order Items")
    'shop.public.Order_Items'
    """
    # Java counts a character outside of the basic plane as two.
    return NOT_IN_TOPICS.sub(lambda c: "_" * (1 + (ord(c[0]) > BASIC)), ".".join((prefix, *TableName.parse(table))))


def collisions(prefix: str, tables: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each topic that several of *tables* would share, with these tables.

    To Kafka a dot and an underscore in a topic's name are the same: it makes only the first of two such topics.
    """
    sharing: defaultdict[str, list[str]] = defaultdict(list)
    for table in tables:
        sharing[topic(prefix, table).replace(".", "_")].append(table)
    return ((topic(prefix, tables[0]), tables) for tables in sharing.values() if len(tables) > 1)
