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
        name="pg-deferrable-key",
        reason="A primary key that can be deferred is no replica identity.",
        ddl=["CREATE TABLE {s}t (id int primary key deferrable, v text)"],
        before=["INSERT INTO {s}t VALUES (1, 'a')"],
        named=["t: it has no replica identity: while it is published, PostgreSQL refuses every UPDATE"],
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
    Case(
        name="pg-add-default",
        reason="A new column with a default has it in the rows that exist, and no event tells.",
        ddl=["CREATE TABLE {s}t (id int primary key, a text)"],
        before=["INSERT INTO {s}t VALUES (1, 'x'), (2, 'y')"],
        after=["ALTER TABLE {s}t ADD COLUMN b int NOT NULL DEFAULT 5", "INSERT INTO {s}t VALUES (3, 'z', 6)"],
        expected=[{"id": 1, "a": "x", "b": 5}, {"id": 2, "a": "y", "b": 5}, {"id": 3, "a": "z", "b": 6}],
        repaired="its rows from before b came may have values there that no event tells",
    ),
    Case(
        name="pg-rename-column",
        reason="A column that is renamed keeps its values in the source, and no event tells.",
        ddl=["CREATE TABLE {s}t (id int primary key, a text)"],
        before=["INSERT INTO {s}t VALUES (1, 'x'), (2, 'y')"],
        after=["ALTER TABLE {s}t RENAME a TO b", "INSERT INTO {s}t VALUES (3, 'z')"],
        repaired="its rows from before b came may have values there that no event tells",
    ),
    Case(
        name="pg-drop-and-add-with-another-type",
        reason="A column is dropped, and one of the same name and another type is added.",
        ddl=["CREATE TABLE {s}t (id int primary key, a text)"],
        before=["INSERT INTO {s}t VALUES (1, 'x')"],
        after=[
            "ALTER TABLE {s}t DROP COLUMN a",
            "ALTER TABLE {s}t ADD COLUMN a int DEFAULT 5",
            "INSERT INTO {s}t VALUES (3, 6)",
        ],
        expected=[{"id": 1, "a__1": None, "a": 5}, {"id": 3, "a__1": None, "a": 6}],
        repaired="t.a is string in the table and int32 in the source",
        replace=["t.a"],
    ),
    Case(
        name="pg-scale",
        reason="A decimal gets more digits behind the point than its column in the table has.",
        ddl=["CREATE TABLE {s}t (id int primary key, n numeric(8,2))"],
        before=["INSERT INTO {s}t VALUES (1, 1.25)"],
        after=["ALTER TABLE {s}t ALTER n TYPE numeric(12,4)", "INSERT INTO {s}t VALUES (2, 1.2345)"],
        repaired="t.n is decimal128(8, 2) in the table and decimal128(12, 4) in the source",
        replace=["t.n"],
    ),
    Case(
        name="my-instant-default",
        reason="A column with a default is added by MySQL's instant DDL.",
        database="mysql",
        ddl=["CREATE TABLE {s}t (id int primary key, a int)"],
        before=["INSERT INTO {s}t VALUES (1, 1), (3, 3)"],
        after=[
            "ALTER TABLE {s}t ADD COLUMN b varchar(10) NOT NULL DEFAULT 'dflt' FIRST",
            "INSERT INTO {s}t (id, a) VALUES (2, 2)",
            "UPDATE {s}t SET a = 5 WHERE id = 1",
        ],
        repaired="its rows from before b came may have values there that no event tells",
    ),
)
