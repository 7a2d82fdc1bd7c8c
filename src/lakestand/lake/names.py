"""Names of tables: as a source has them, as commands write them, and as parts of paths in the object store."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

# A part of a name in quotes, whose own quotes are doubled; and what a part cannot be without them.
QUOTED = re.compile(r'"((?:[^"]|"")+)"')
UNLIKELY = re.compile(r'^["\s]|[.\s]"|[,\n]|\s$')
PLAIN = re.compile(r"[A-Za-z0-9_.-]")
LONGEST = 200


class TableName(NamedTuple):
    """A table of a source database; *schema* is its database in MySQL and MariaDB.

    As text it is schema.table. The first dot ends the schema, so that a table's name may have dots:

    >>> TableName.parse("public.order items")
    TableName(schema='public', table='order items')
    >>> str(TableName("my.schema", "a,b"))
    '"my.schema"."a,b"'
    """

    schema: str
    table: str

    def __str__(self) -> str:
        schema = self.schema if "." not in self.schema and not UNLIKELY.search(self.schema) else _quote(self.schema)
        return f"{schema}.{_quote(self.table) if UNLIKELY.search(self.table) else self.table}"

    @classmethod
    def parse(cls, text: str) -> TableName:
        """Return the name that *text* means; the schema is "" where there is no dot."""
        if (quoted := QUOTED.match(text)) and text[quoted.end() : quoted.end() + 1] == ".":
            schema, table = _unquote(quoted.group()), text[quoted.end() + 1 :]
        else:
            schema, _, table = text.partition(".") if "." in text else ("", "", text)
        return cls(schema, _unquote(table))


def split(text: str) -> list[str]:
    """Return the names of a list that is separated by commas, but for those in quotes.

    >>> split('public.orders, public."a,b"')
    ['public.orders', 'public."a,b"']
    """
    names = re.findall(r'(?:(?<![^.,\s])"(?:[^"]|"")*"|[^,])+', text)
    return [name.strip() for name in names if name.strip()]


def path_part(name: str) -> str:
    """Return *name* as one part of a path, without characters that an engine or a URL reads as something else.

    Every other name has another path. A very long one is cut and ends with a hash.

    >>> path_part("orders"), path_part("Order Items+"), path_part("..")
    ('orders', 'Order~20Items~2B', '~2E.')
    """
    encoded = "".join(c if PLAIN.fullmatch(c) else _encode(c) for c in name)
    if name in {".", "..", "_delta_log"}:
        encoded = _encode(name[0]) + encoded[1:]
    if len(encoded) > LONGEST:
        return f"{encoded[:180].rpartition('~')[0] or encoded[:180]}~~{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return encoded


def from_path_part(part: str) -> str:
    """Return the name whose `path_part` is *part*; a part that was cut, or is no such part, stays as it is."""
    if "~~" in part:
        return part
    name = re.sub("(?:~[0-9A-F]{2})+", lambda found: _decode(found.group()), part)
    return name if path_part(name) == part else part


def _encode(characters: str) -> str:
    return "".join(f"~{byte:02X}" for byte in characters.encode())


def _decode(codes: str) -> str:
    return bytes.fromhex(codes.replace("~", "")).decode(errors="replace")


def _quote(part: str) -> str:
    return '"' + part.replace('"', '""') + '"'


def _unquote(part: str) -> str:
    return part[1:-1].replace('""', '"') if QUOTED.fullmatch(part) else part
