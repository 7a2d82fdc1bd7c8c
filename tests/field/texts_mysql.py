"""Texts, JSON, labels and shapes of MySQL; docs/values.md says what becomes of them."""

from __future__ import annotations

from tests.field.case import Case

# A statement's own mode: the server's forbids dates without a day.
ANY_DATE = "INSERT /*+ SET_VAR(sql_mode='') */ INTO"

CASES: tuple[Case, ...] = (
    Case(
        name="my-json",
        reason="JSON with what only MySQL's binary form knows: dates, decimals, large numbers and bytes.",
        database="mysql",
        ddl=["CREATE TABLE {s}t (id int primary key, j json)"],
        before=[
            (
                "INSERT INTO {s}t VALUES (1, JSON_OBJECT('a', 1.10, 'b', 9007199254740993, 'c', 1e300, 'd', 1e-7, "
                "'e', 18446744073709551615, 'f', CAST('10:11:12.5' AS TIME(6)), 'g', CAST(x'00ff' AS BINARY), "
                "'h', CAST('2020-01-01 10:11:12' AS DATETIME), 'i', 0.1e0))"
            )
        ],
        after=["INSERT INTO {s}t SELECT 2, j FROM {s}t"],
        expected=[
            {
                "id": n,
                "j": '{"a": 1.10, "b": 9007199254740993, "c": 1e300, "d": 0.0000001, "e": 18446744073709551615, '
                '"f": "10:11:12.500000", "g": "base64:type15:AP8=", "h": "2020-01-01 10:11:12.000000", "i": 0.1}',
            }
            for n in (1, 2)
        ],
    ),
    Case(
        name="my-labels",
        reason="Labels of ENUM and SET with commas, quotes and backslashes.",
        database="mysql",
        ddl=[
            (
                "CREATE TABLE {s}t (id int primary key, e enum('a', 'b,c', 'd''e', 'h\\\\i', ''), s set('x', 'y z', "
                "'w''v', 'é'))"
            )
        ],
        before=["INSERT INTO {s}t VALUES (1, 'b,c', 'x,y z'), (2, 'd''e', 'w''v,é'), (3, 'h\\\\i', ''), (4, '', NULL)"],
        after=[
            "INSERT INTO {s}t SELECT id + 4, e, s FROM {s}t",
            "ALTER TABLE {s}t MODIFY e enum('new', 'a', 'b,c', 'd''e', 'h\\\\i', '')",
            "INSERT INTO {s}t VALUES (9, 'new', 'x')",
        ],
        expected=[
            *({"id": n, "e": "b,c", "s": "x,y z"} for n in (1, 5)),
            *({"id": n, "e": "d'e", "s": "w'v,é"} for n in (2, 6)),
            *({"id": n, "e": "h\\i", "s": ""} for n in (3, 7)),
            *({"id": n, "e": "", "s": None} for n in (4, 8)),
            {"id": 9, "e": "new", "s": "x"},
        ],
    ),
    Case(
        name="my-charsets",
        reason="Texts in charsets that the services' Java lacks.",
        database="mysql",
        ddl=[
            (
                "CREATE TABLE {s}t (id int primary key, a varchar(20) CHARACTER SET cp1256, "
                "b varchar(20) CHARACTER SET macce, "
                "c varchar(20) CHARACTER SET macroman, d varchar(20) CHARACTER SET eucjpms, "
                "e varchar(20) CHARACTER SET cp932, "
                "f varchar(20) CHARACTER SET gb18030, g varchar(20) CHARACTER SET latin1)"
            )
        ],
        before=["INSERT INTO {s}t VALUES (1, 'ب', 'ž', 'é√', '日本①ｱ', '日本①', '日本😀', 'naïve €')"],
        after=["INSERT INTO {s}t SELECT 2, a, b, c, d, e, f, g FROM {s}t"],
        expected=[
            {"id": n, "a": "ب", "b": "ž", "c": "é√", "d": "日本①ｱ", "e": "日本①", "f": "日本😀", "g": "naïve €"}
            for n in (1, 2)
        ],
    ),
    Case(
        name="my-charset-alter",
        reason="A column that is converted to another charset.",
        database="mysql",
        ddl=["CREATE TABLE {s}t (id int primary key, v varchar(20) CHARACTER SET latin1)"],
        before=["INSERT INTO {s}t VALUES (1, 'é')"],
        after=["ALTER TABLE {s}t CONVERT TO CHARACTER SET utf8mb4", "INSERT INTO {s}t VALUES (2, 'é😀')"],
        expected=[{"id": 1, "v": "é"}, {"id": 2, "v": "é😀"}],
    ),
    Case(
        name="my-spatial",
        reason="Shapes, with and without a reference system.",
        database="mysql",
        ddl=[
            (
                "CREATE TABLE {s}t (id int primary key, g geometry, p point NOT NULL /*!80003 SRID 4326 */, "
                "l linestring, po polygon)"
            )
        ],
        before=[
            (
                "INSERT INTO {s}t VALUES (1, ST_GeomFromText('POINT(1 2)', 3857), ST_GeomFromText('POINT(1 2)', 4326), "
                "ST_GeomFromText('LINESTRING(0 0,1 1)'), ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'))"
            )
        ],
        after=["INSERT INTO {s}t SELECT 2, g, p, l, po FROM {s}t"],
    ),
    Case(
        name="my-bytes",
        reason="Texts and bytes that end in blanks, zeros, quotes or line ends.",
        database="mysql",
        ddl=[
            (
                "CREATE TABLE {s}t (id int primary key, a char(10), b binary(4), c varbinary(10), d longtext, "
                "e longblob, "
                "h varchar(10) NOT NULL DEFAULT '')"
            )
        ],
        before=[
            (
                "INSERT INTO {s}t VALUES (1, 'a  ', x'01', x'0100', 'a\"b\\n,c', x'', ' x '), (2, NULL, NULL, x'', "
                "'', NULL, '')"
            )
        ],
        after=["INSERT INTO {s}t SELECT id + 2, a, b, c, d, e, h FROM {s}t"],
        expected=[
            *(
                {"id": n, "a": "a", "b": b"\1\0\0\0", "c": b"\1\0", "d": 'a"b\n,c', "e": b"", "h": " x "}
                for n in (1, 3)
            ),
            *({"id": n, "a": None, "b": None, "c": b"", "d": "", "e": None, "h": ""} for n in (2, 4)),
        ],
    ),
)
