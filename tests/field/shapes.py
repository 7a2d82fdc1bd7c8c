"""Shapes of tables: partitions, heirs, keys of every kind, generated columns, and what has no changes at all."""

from __future__ import annotations

from tests.field.case import Case

KEYED = "INSERT INTO {s}t VALUES (1, 'x'), (2, 'y')"
NO_MIRROR = "t: it has no primary key and no unique index: it gets a changelog and no mirror"
SIXTEEN = ", ".join(f"k{n}" for n in range(16))

KEY_OF_TYPES = "ALTER TABLE {s}t ADD PRIMARY KEY (a, b, c, d, e, f)"
KEY_OF_VALUES = (
    "('é''\"', '2020-01-01 01:02:03.456789+00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1.5, '\\x00ff', 'NaN', 1), "
    "('', '2020-01-01+00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', -0.0001, '\\x', 0, 2)"
)

CASES = (
    Case(
        name="pg-partitioned",
        reason="A partitioned table: snapshot and stream under the root, a row that moves, a partition that is added.",
        ddl=[
            "CREATE TABLE {s}t (id int, r text, v int, primary key (id, r)) PARTITION BY LIST (r)",
            "CREATE TABLE {s}t_eu PARTITION OF {s}t FOR VALUES IN ('eu')",
            "CREATE TABLE {s}t_us PARTITION OF {s}t FOR VALUES IN ('us')",
        ],
        before=["INSERT INTO {s}t VALUES (1, 'eu', 1), (2, 'us', 2)"],
        after=[
            "UPDATE {s}t SET r = 'us' WHERE id = 1",
            "INSERT INTO {s}t VALUES (3, 'eu', 5)",
            "CREATE TABLE {s}t_asia PARTITION OF {s}t FOR VALUES IN ('asia')",
            "INSERT INTO {s}t VALUES (4, 'asia', 6)",
        ],
        expected=[
            {"id": 1, "r": "us", "v": 1},
            {"id": 2, "r": "us", "v": 2},
            {"id": 3, "r": "eu", "v": 5},
            {"id": 4, "r": "asia", "v": 6},
        ],
        named=["the rows that ATTACH, DETACH, DROP or TRUNCATE of a partition brings or takes away are not in the log"],
    ),
    Case(
        name="pg-partition-beside-root",
        reason="A partition is named beside its root.",
        ddl=[
            "CREATE TABLE {s}t (id int primary key) PARTITION BY RANGE (id)",
            "CREATE TABLE {s}t_low PARTITION OF {s}t FOR VALUES FROM (0) TO (9)",
        ],
        tables=["t", "t_low"],
        refused="which the connector reads too: its changes are those of that table",
        alone=True,
    ),
    Case(
        name="pg-inherited",
        reason="A table's mirror has its own rows, and those of tables that inherit from it are in theirs.",
        ddl=["CREATE TABLE {s}t (id int primary key)", "CREATE TABLE {s}heir (primary key (id)) INHERITS ({s}t)"],
        before=["INSERT INTO {s}t VALUES (1)", "INSERT INTO {s}heir VALUES (2)"],
        after=["INSERT INTO {s}heir VALUES (3)", "INSERT INTO {s}t VALUES (4)"],
        tables=["t", "heir"],
        expected=[{"id": 1}, {"id": 4}],
        named=["which inherit from it, are not in its mirror but in their own"],
    ),
    Case(
        name="pg-no-key",
        reason="No key: a changelog and no mirror.",
        ddl=["CREATE TABLE {s}t (a int, b text)", "ALTER TABLE {s}t REPLICA IDENTITY FULL"],
        before=["INSERT INTO {s}t VALUES (1, 'x'), (1, 'x')"],
        after=["DELETE FROM {s}t WHERE ctid IN (SELECT ctid FROM {s}t LIMIT 1)"],
        expected=[],
        named=[NO_MIRROR],
    ),
    Case(
        name="pg-nullable-unique",
        reason="A unique index with nulls tells no rows apart.",
        ddl=["CREATE TABLE {s}t (email text unique, n int)", "ALTER TABLE {s}t REPLICA IDENTITY FULL"],
        before=["INSERT INTO {s}t VALUES (NULL, 1), (NULL, 2), ('a', 3)"],
        after=["UPDATE {s}t SET n = n + 10 WHERE email IS NULL"],
        refused="which has nulls: rows get lost",
        alone=True,
    ),
    Case(
        name="pg-partial-unique",
        reason="A unique index of some rows, which Debezium would take for a key.",
        ddl=[
            "CREATE TABLE {s}t (a int not null, b bool)",
            "CREATE UNIQUE INDEX t_a ON {s}t (a) WHERE b",
            "ALTER TABLE {s}t REPLICA IDENTITY FULL",
        ],
        refused="Debezium takes index t_a for it, which is of some rows only",
        alone=True,
    ),
    Case(
        name="pg-partial-beside-unique",
        reason="A partial unique index comes first by name; a whole one is there too.",
        ddl=[
            "CREATE TABLE {s}t (a int not null, b int not null, v int)",
            "CREATE UNIQUE INDEX a_first ON {s}t (a) WHERE v > 5",
            "CREATE UNIQUE INDEX b_whole ON {s}t (b)",
            "ALTER TABLE {s}t REPLICA IDENTITY FULL",
        ],
        before=["INSERT INTO {s}t VALUES (1, 1, 1), (1, 2, 2)"],
        after=["UPDATE {s}t SET v = 3 WHERE b = 2"],
        expected=[{"a": 1, "b": 1, "v": 1}, {"a": 1, "b": 2, "v": 3}],
    ),
    Case(
        name="pg-unique-identity",
        reason="No primary key, a unique index as replica identity.",
        ddl=[
            "CREATE TABLE {s}t (a int not null unique, b text)",
            "ALTER TABLE {s}t REPLICA IDENTITY USING INDEX t_a_key",
        ],
        before=[KEYED],
        after=["UPDATE {s}t SET b = 'z' WHERE a = 1", "DELETE FROM {s}t WHERE a = 2"],
        expected=[{"a": 1, "b": "z"}],
    ),
    Case(
        name="pg-other-identity",
        reason="A primary key, and another index as replica identity: the log has no more of a deleted row.",
        ddl=[
            "CREATE TABLE {s}t (id int primary key, email text not null unique, v int)",
            "ALTER TABLE {s}t REPLICA IDENTITY USING INDEX t_email_key",
        ],
        before=["INSERT INTO {s}t VALUES (1, 'a', 1), (2, 'b', 2)"],
        after=["UPDATE {s}t SET email = 'c' WHERE id = 1", "DELETE FROM {s}t WHERE id = 2"],
        expected=[{"id": 1, "email": "c", "v": 1}],
    ),
    Case(
        name="pg-key-types",
        reason="A key of texts, times, identifiers, numbers and bytes.",
        ddl=[
            "CREATE TABLE {s}t (a text, b timestamptz, c uuid, d numeric(20,4), e bytea, f float8, v int)",
            KEY_OF_TYPES,
        ],
        before=[f"INSERT INTO {{s}}t VALUES {KEY_OF_VALUES}"],
        after=["UPDATE {s}t SET v = v + 10", "DELETE FROM {s}t WHERE a = ''"],
    ),
    Case(
        name="pg-key-of-sixteen",
        reason="A primary key of sixteen columns.",
        ddl=[f"CREATE TABLE {{s}}t ({SIXTEEN.replace(',', ' int,')} int, v int, primary key ({SIXTEEN}))"],
        before=[f"INSERT INTO {{s}}t VALUES ({', '.join('1' * 16)}, 0), ({', '.join('2' * 16)}, 0)"],
        after=["UPDATE {s}t SET v = 5 WHERE k0 = 1", "DELETE FROM {s}t WHERE k15 = 2"],
        expected=[{**{f"k{n}": 1 for n in range(16)}, "v": 5}],
    ),
    Case(
        name="pg-generated",
        reason="A generated column, whose values are not in the log.",
        ddl=["CREATE TABLE {s}t (id int primary key, a int, b int GENERATED ALWAYS AS (a * 2) STORED)"],
        before=["INSERT INTO {s}t (id, a) VALUES (1, 5)"],
        after=["INSERT INTO {s}t (id, a) VALUES (2, 6)", "UPDATE {s}t SET a = 7 WHERE id = 1"],
        expected=[{"id": 1, "a": 7}, {"id": 2, "a": 6}],
        named=["t.b: a generated column: its values are not in the log"],
    ),
    Case(
        name="pg-unlogged",
        reason="An unlogged table.",
        ddl=["CREATE UNLOGGED TABLE {s}t (id int primary key)"],
        refused="it is unlogged or temporary: the database does not log its changes",
        alone=True,
    ),
    Case(
        name="pg-view",
        reason="A view.",
        ddl=["CREATE VIEW {s}t AS SELECT 1 AS id"],
        refused="it is a view: the database has no changes of it in its log",
        alone=True,
    ),
    Case(
        name="pg-materialized-view",
        reason="A materialised view.",
        ddl=["CREATE MATERIALIZED VIEW {s}t AS SELECT 1 AS id"],
        refused="it is a materialized view: the database has no changes of it in its log",
        alone=True,
    ),
    Case(
        name="my-view",
        reason="A view.",
        database="mysql",
        ddl=["CREATE VIEW {s}t AS SELECT 1 AS id"],
        refused="it is a view: the database has no changes of it in its log",
        alone=True,
    ),
    Case(
        name="my-generated",
        reason="Generated columns, stored and virtual: both are in the binary log.",
        database="mysql",
        ddl=[
            "CREATE TABLE {s}t (id int primary key, a int, v int GENERATED ALWAYS AS (a * 2) VIRTUAL)",
            "ALTER TABLE {s}t ADD s int GENERATED ALWAYS AS (a * 3) STORED",
        ],
        before=["INSERT INTO {s}t (id, a) VALUES (1, 5)"],
        after=["INSERT INTO {s}t (id, a) VALUES (2, 6)", "UPDATE {s}t SET a = 7 WHERE id = 1"],
        expected=[{"id": 1, "a": 7, "v": 14, "s": 21}, {"id": 2, "a": 6, "v": 12, "s": 18}],
    ),
    Case(
        name="my-key-without-case",
        reason="A key that the database compares without case, and a mirror by its bytes.",
        database="mysql",
        ddl=["CREATE TABLE {s}t (k varchar(20) COLLATE utf8mb4_0900_ai_ci primary key, v int)"],
        before=["INSERT INTO {s}t VALUES ('Straße', 1), ('abc', 2)"],
        after=[
            "UPDATE {s}t SET k = 'ABC' WHERE k = 'abc'",
            "UPDATE {s}t SET v = 9 WHERE k = 'STRASSE'",
            "DELETE FROM {s}t WHERE k = 'aBc'",
        ],
        expected=[{"k": "Straße", "v": 9}],
    ),
    Case(
        name="my-replace",
        reason="Statements that delete and insert, or update, as they find rows.",
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
        name="my-unique-key",
        reason="No primary key, a unique index without nulls.",
        database="mysql",
        ddl=["CREATE TABLE {s}t (a int not null unique, b varchar(9))"],
        before=[KEYED],
        after=["UPDATE {s}t SET b = 'z' WHERE a = 1", "DELETE FROM {s}t WHERE a = 2"],
        expected=[{"a": 1, "b": "z"}],
    ),
    Case(
        name="my-nullable-unique",
        reason="A unique index with nulls tells no rows apart.",
        database="mysql",
        ddl=["CREATE TABLE {s}t (email varchar(9) unique, n int)"],
        before=["INSERT INTO {s}t VALUES (NULL, 1), (NULL, 2), ('a', 3)"],
        after=["UPDATE {s}t SET n = n + 10 WHERE email IS NULL"],
        refused="which has nulls: rows get lost",
        alone=True,
    ),
    Case(
        name="my-no-key",
        reason="No key: a changelog and no mirror.",
        database="mysql",
        ddl=["CREATE TABLE {s}t (a int, b varchar(9))"],
        before=["INSERT INTO {s}t VALUES (1, 'x'), (1, 'x')"],
        after=["DELETE FROM {s}t LIMIT 1"],
        expected=[],
        named=[NO_MIRROR],
    ),
)
