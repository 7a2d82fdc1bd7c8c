"""Types of PostgreSQL that Debezium leaves out or has no placeholder for; docs/values.md says what becomes of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from tests.field.case import Case

LAST, FIRST = datetime.max, datetime.min  # noqa: DTZ901  a timestamp without a zone
LONG = "repeat('0123456789abcdef', 1000)"

CASES: tuple[Case, ...] = (
    Case(
        name="pg-dimensions",
        reason="An array whose dimensions its type does not tell.",
        ddl=["CREATE TABLE {s}t (id int primary key, a int[], b text[][])"],
        before=["INSERT INTO {s}t VALUES (1, '{{{{1,2}},{{3,NULL}}}}', '{{{{a,\"}}\"}}}}'), (2, '{{1}}', '{{}}')"],
        after=["INSERT INTO {s}t VALUES (3, '[0:1]={{5,6}}', '{{{{\"q,r\"}}}}')"],
        expected=[
            {"id": 1, "a": [1, 2, 3, None], "b": ["a", "}"]},
            {"id": 2, "a": [1], "b": []},
            {"id": 3, "a": [5, 6], "b": ["q,r"]},
        ],
        named=["pg_dimensions.t.a: 1 value is of more than one dimension"],
    ),
    Case(
        name="pg-arrays",
        reason="Arrays of types that Debezium leaves out or has no placeholder for.",
        ddl=[
            "CREATE TYPE {s}label AS ENUM ('a b', 'c,d', 'e\"f')",
            "CREATE DOMAIN {s}positive AS int CHECK (VALUE > 0)",
            "CREATE DOMAIN {s}ints AS int[]",
            (
                "CREATE TABLE {s}t (id int primary key, a date[], b timestamptz[], c numeric[], d numeric(8,3)[], "
                "e bytea[], "
                "f {s}label[], g {s}positive[], h {s}ints, i money[], j interval[], k xml[], l bit(3)[], "
                "m point[], n name[], "
                "o boolean[], p int4range[])"
            ),
        ],
        before=[
            (
                "INSERT INTO {s}t VALUES (1, '{{infinity,2020-01-01,NULL}}', '{{2020-01-01 01:02:03.456+02}}', "
                '\'{{NaN,1.500,1e-7}}\', \'{{NaN,1.5}}\', \'{{"\\\\x00ff"}}\', \'{{"a b","c,d","e\\"f"}}\', '
                "'{{1}}', '{{3,NULL}}', "
                "'{{1.5}}', '{{1 day}}', '{{<a/>}}', '{{101}}', '{{\"(1,2)\"}}', '{{x}}', '{{t,f,NULL}}', "
                "'{{\"[1,5)\"}}')"
            )
        ],
        after=["INSERT INTO {s}t SELECT 2, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p FROM {s}t"],
        expected=[
            {
                "id": n,
                "a": [date.max, date(2020, 1, 1), None],
                "b": [datetime(2019, 12, 31, 23, 2, 3, 456000, tzinfo=UTC)],
                "c": ["NaN", "1.500", "0.0000001"],
                "d": [None, Decimal("1.500")],
                "e": [b"\0\xff"],
                "f": ["a b", "c,d", 'e"f'],
                "g": ["1"],
                "h": [3, None],
                "i": ["$1.50"],
                "j": ["1 day"],
                "k": ["<a/>"],
                "l": ["101"],
                "m": ["(1,2)"],
                "n": ["x"],
                "o": [True, False, None],
                "p": ["[1,5)"],
            }
            for n in (1, 2)
        ],
    ),
    Case(
        name="pg-types",
        reason="Types that Debezium leaves out: shapes, composites, multiranges, positions in the log.",
        ddl=[
            "CREATE TYPE {s}address AS (street text, zip int)",
            "CREATE TYPE {s}person AS (name text, home {s}address)",
            "CREATE DOMAIN {s}price AS numeric(8,2)",
            (
                "CREATE TABLE {s}t (id int primary key, a {s}address, b {s}person, c {s}price, d line, e box, "
                "f circle, g path, "
                'h polygon, i lseg, j int4multirange, k pg_lsn, l tsquery, m varbit, n bit(12), o "char", p name, '
                "q macaddr8, "
                "r jsonpath, s tstzrange, t xml)"
            ),
        ],
        before=[
            (
                "INSERT INTO {s}t VALUES (1, ROW('x', 5), ROW('n', ROW('y', 6)), 1.5, '{{1e-7,1e300,-0.5}}', "
                "'((1,1),(0,0.1))', "
                "'<(1.5,-1),0>', '[(0,0),(1,1)]', '((0,0),(1,1),(1,0))', '((0,0),(1,1))', '{{[1,3),[5,7)}}', "
                "'16/B374D848', "
                "'a & b', B'0011', B'000000000001', 'z', 'nm', '08:00:2b:01:02:03:04:05', '$.a', "
                "'[2020-01-01 00:00+00,)', '<a/>')"
            )
        ],
        after=["INSERT INTO {s}t SELECT 2, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t FROM {s}t"],
        expected=[
            {
                "id": n,
                "a": "(x,5)",
                "b": '(n,"(y,6)")',
                "c": Decimal("1.50"),
                "d": "{1e-07,1e+300,-0.5}",
                "e": "(1,1),(0,0.1)",
                "f": "<(1.5,-1),0>",
                "g": "[(0,0),(1,1)]",
                "h": "((0,0),(1,1),(1,0))",
                "i": "[(0,0),(1,1)]",
                "j": "{[1,3),[5,7)}",
                "k": "16/B374D848",
                "l": "'a' & 'b'",
                "m": "0011",
                "n": b"\1\0",
                "o": "z",
                "p": "nm",
                "q": "08:00:2b:01:02:03:04:05",
                "r": '$."a"',
                "s": '["2020-01-01 00:00:00+00",)',
                "t": "<a/>",
            }
            for n in (1, 2)
        ],
    ),
    Case(
        name="pg-intervals",
        reason="Intervals whose parts have different signs.",
        ddl=["CREATE TABLE {s}t (id int primary key, i interval, j interval(0) NOT NULL DEFAULT '1 day')"],
        before=[
            (
                "INSERT INTO {s}t VALUES (1, '-1 year -2 mons +3 days -04:05:06.789', '-1 s'), (2, "
                "'178000 years', '0'), "
                "(3, '-00:00:00.000001', '1 day 24:00:00')"
            )
        ],
        after=["INSERT INTO {s}t SELECT id + 3, i, j FROM {s}t"],
    ),
    Case(
        name="pg-toast",
        reason="Large values of every kind that an update does not log, also when it changes the key.",
        ddl=[
            (
                "CREATE TABLE {s}t (id int primary key, n int, a text NOT NULL, b bytea, c jsonb, d numeric, "
                "e float8[], "
                "f numeric(10,2)[], g timestamptz[], h boolean[], i date[], j text[] NOT NULL, k int[], l uuid[], "
                "m xml, n2 varbit, "
                "o path, p time[], q int2[], r inet[], s interval[])"
            )
        ],
        before=[
            (
                "INSERT INTO {s}t SELECT 1, 1, string_agg(md5(i::text), ''), string_agg(md5(i::text)::bytea, ''), "
                "jsonb_object_agg(i::text, md5(i::text)), (string_agg((i % 10)::text, '') || '.5')::numeric, "
                "array_agg(random()), "
                "array_agg((random() * 100)::numeric(10,2)), array_agg(now() + i * interval '1.234567 s'), "
                "array_agg(random() > .5), array_agg('2020-01-01'::date + i * 37 % 30000), array_agg(md5(i::text)), "
                "array_agg((random() * 1e9)::int), array_agg(md5(i::text)::uuid), "
                "('<a>' || string_agg(md5(i::text), '') || '</a>')::xml, "
                "(('x' || left(string_agg(md5(i::text), ''), 20000))::bit(80000))::varbit, "
                "('[' || string_agg('(' || random() || ',' || random() || ')', ',') || ']')::path, "
                "array_agg('00:00'::time + i * interval '1.234567 s'), array_agg((random() * 30000)::int2), "
                "array_agg(('10.' || (i % 250) || '.1.' || (i % 200))::inet), array_agg(i * interval '1.5 s') "
                "FROM generate_series(1, 3000) i"
            )
        ],
        after=["UPDATE {s}t SET n = 2", "UPDATE {s}t SET id = 9", "UPDATE {s}t SET n = 3"],
    ),
)
