"""Tables whose columns, keys and names change while they are captured."""

from __future__ import annotations

from tests.field.case import Case

ROLLED_BACK = (
    "DO $$ BEGIN INSERT INTO {s}t VALUES (1, 1); BEGIN INSERT INTO {s}t VALUES (2, 2); "
    "RAISE EXCEPTION 'x'; EXCEPTION WHEN others THEN NULL; END; INSERT INTO {s}t VALUES (3, 3); END $$"
)

CASES = (
    Case(
        name="pg-add-nullable",
        reason="A new column without a default is null in the rows that exist.",
        ddl=["CREATE TABLE {s}t (id int primary key, a text)"],
        before=["INSERT INTO {s}t VALUES (1, 'x')"],
        after=["ALTER TABLE {s}t ADD COLUMN b int", "INSERT INTO {s}t VALUES (2, 'y', 3)"],
        expected=[{"id": 1, "a": "x", "b": None}, {"id": 2, "a": "y", "b": 3}],
    ),
    Case(
        name="pg-widen",
        reason="Every type that becomes a wider one of its kind.",
        ddl=["CREATE TABLE {s}t (id smallint primary key, i int, r real, n numeric(6,2), v varchar(5))"],
        before=["INSERT INTO {s}t VALUES (1, 1, 1.5, 1.25, 'a')"],
        after=[
            "ALTER TABLE {s}t ALTER id TYPE bigint, ALTER i TYPE bigint, ALTER r TYPE float8",
            "ALTER TABLE {s}t ALTER n TYPE numeric(10,2), ALTER v TYPE text",
            "INSERT INTO {s}t VALUES (5000000000, 5000000000, 1.1, 12345678.25, 'longer than five')",
        ],
    ),
    Case(
        name="pg-drop-column",
        reason="A column that is dropped stays in the mirror, for the rows that had it.",
        ddl=["CREATE TABLE {s}t (id int primary key, a text, b int)"],
        before=["INSERT INTO {s}t VALUES (1, 'x', 1)"],
        after=["ALTER TABLE {s}t DROP COLUMN b", "INSERT INTO {s}t VALUES (2, 'y')"],
        expected=[{"id": 1, "a": "x", "b": 1}, {"id": 2, "a": "y", "b": None}],
    ),
    Case(
        name="pg-truncate",
        reason="A table is emptied and filled again.",
        ddl=["CREATE TABLE {s}t (id int primary key, v text)"],
        before=["INSERT INTO {s}t VALUES (1, 'a'), (2, 'b')"],
        after=["TRUNCATE {s}t", "INSERT INTO {s}t VALUES (3, 'c')"],
        expected=[{"id": 3, "v": "c"}],
    ),
    Case(
        name="pg-swapped-keys",
        reason="Rows exchange their keys within one statement.",
        ddl=[
            "CREATE TABLE {s}t (id int primary key deferrable initially deferred, v text)",
            "ALTER TABLE {s}t REPLICA IDENTITY FULL",
        ],
        before=["INSERT INTO {s}t VALUES (1, 'a'), (2, 'b'), (3, 'c')"],
        after=["UPDATE {s}t SET id = CASE id WHEN 1 THEN 2 WHEN 2 THEN 3 ELSE 1 END"],
        expected=[{"id": 1, "v": "c"}, {"id": 2, "v": "a"}, {"id": 3, "v": "b"}],
    ),
    Case(
        name="pg-deferrable-key",
        reason="A primary key that can be deferred is no replica identity.",
        ddl=["CREATE TABLE {s}t (id int primary key deferrable, v text)"],
        before=["INSERT INTO {s}t VALUES (1, 'a')"],
        named=[
            "t: it has no replica identity: while it is published, PostgreSQL refuses every UPDATE and DELETE of it"
        ],
    ),
    Case(
        name="pg-savepoint",
        reason="What was rolled back to a savepoint never arrives.",
        ddl=["CREATE TABLE {s}t (id int primary key, v int)"],
        before=["INSERT INTO {s}t VALUES (0, 0)"],
        after=[ROLLED_BACK],
        expected=[{"id": 0, "v": 0}, {"id": 1, "v": 1}, {"id": 3, "v": 3}],
    ),
    Case(
        name="my-truncate",
        reason="A table is emptied and filled again.",
        database="mysql",
        ddl=["CREATE TABLE {s}t (id int primary key, v int)"],
        before=["INSERT INTO {s}t VALUES (1, 1)"],
        after=["TRUNCATE TABLE {s}t", "INSERT INTO {s}t VALUES (2, 2)"],
        expected=[{"id": 2, "v": 2}],
    ),
    Case(
        name="my-replace",
        reason="REPLACE, ON DUPLICATE KEY UPDATE and INSERT IGNORE on two unique keys.",
        database="mysql",
        ddl=["CREATE TABLE {s}t (id int primary key, u int unique, v int)"],
        before=["INSERT INTO {s}t VALUES (1, 10, 1), (2, 20, 2)"],
        after=[
            "REPLACE INTO {s}t VALUES (3, 10, 3)",
            "INSERT INTO {s}t VALUES (2, 21, 5) ON DUPLICATE KEY UPDATE v = 99",
            "INSERT IGNORE INTO {s}t VALUES (2, 1, 1)",
        ],
        expected=[{"id": 2, "u": 20, "v": 99}, {"id": 3, "u": 10, "v": 3}],
    ),
    Case(
        name="my-add-nullable-first",
        reason="A new column before all others, by MySQL's instant DDL.",
        database="mysql",
        ddl=["CREATE TABLE {s}t (id int primary key, a int)"],
        before=["INSERT INTO {s}t VALUES (1, 1)"],
        after=[
            "ALTER TABLE {s}t ADD COLUMN b varchar(10) FIRST",
            "INSERT INTO {s}t (id, a, b) VALUES (2, 2, 'x')",
            "UPDATE {s}t SET a = 5 WHERE id = 1",
        ],
    ),
)
