"""Names that a stranger has: of tables, columns and keys, in both databases."""

from __future__ import annotations

from tests.field.case import Case


def _named(name: str, table: str, reason: str, *, database: str = "postgres") -> Case:
    """Return a case of a table with the name *table*, a snapshot's row, and changes of it."""
    quoted = f'"{table.replace(chr(34), chr(34) * 2)}"' if database == "postgres" else f"`{table}`"
    place = "{s}" + quoted.replace("{", "{{").replace("}", "}}")
    return Case(
        name=name,
        reason=reason,
        database=database,
        ddl=[f"CREATE TABLE {place} (id int primary key, v int)"],
        before=[f"INSERT INTO {place} VALUES (1, 1), (2, 2)"],
        after=[f"INSERT INTO {place} VALUES (3, 3)", f"UPDATE {place} SET v = 9 WHERE id = 1"],
        tables=[table],
        expected=[{"id": 1, "v": 9}, {"id": 2, "v": 2}, {"id": 3, "v": 3}],
    )


COLUMNS = ("select", "a.b", "naïve ü", "имя", "x-y", "😀", "$", "a+b", "[c]", "(d)", "it's", "Group", "_pos", "_op")
LONG = "c" * 63


def _columns(database: str) -> Case:
    """Return a case of a table with all of COLUMNS; MySQL has no column names outside the basic plane."""
    names = [*COLUMNS, LONG] if database == "postgres" else [n for n in (*COLUMNS, LONG) if n != "😀"]
    mark = '"' if database == "postgres" else "`"
    quoted = [f"{mark}{name}{mark}" for name in names]
    values = ", ".join(str(n) for n in range(len(names)))
    return Case(
        name=f"{'pg' if database == 'postgres' else 'my'}-column-names",
        reason="Columns with blanks, dots, quotes, letters of every script, and words that SQL and the tables reserve.",
        database=database,
        ddl=[f"CREATE TABLE {{s}}t (id int primary key, {', '.join(f'{name} int' for name in quoted)})"],
        before=[f"INSERT INTO {{s}}t VALUES (1, {values})"],
        after=[f"INSERT INTO {{s}}t VALUES (2, {values})", f"UPDATE {{s}}t SET {quoted[1]} = 77 WHERE id = 1"],
        expected=[
            {"id": 1, **{name: 77 if n == 1 else n for n, name in enumerate(names)}},
            {"id": 2, **{name: n for n, name in enumerate(names)}},
        ],
    )


CASES = (
    _named("pg-name-blank", "Order Items", "A name with a blank and upper case."),
    _named("pg-name-regex", "price+tax", "A name that is no plain text in a regular expression."),
    _named("pg-name-brackets", "a[1](b){c}^|?*$", "A name of what regular expressions are made of."),
    _named("pg-name-dot", "a.b", "A name with a dot."),
    _named("pg-name-comma", "a,b", "A name with the comma that separates names."),
    _named("pg-name-quote", 'we"ird', "A name with a quote."),
    _named("pg-name-apostrophe", "it's", "A name with the quote of SQL's texts."),
    _named("pg-name-backslash", "a\\b", "A name with a backslash."),
    _named("pg-name-slash", "a/b", "A name with the slash of paths."),
    _named("pg-name-url", "a?b=1&c#d%20", "A name of what addresses are made of."),
    _named("pg-name-umlaut", "Größe", "A name with umlauts."),
    _named("pg-name-cyrillic", "заказы", "A name in another script."),
    _named("pg-name-emoji", "😀", "A name outside of the basic plane."),
    _named("pg-name-reserved", "select", "A word that SQL reserves."),
    _named("pg-name-long", "n" * 63, "The longest name of PostgreSQL."),
    _named("pg-name-edges", " edge ", "A name that begins and ends with a blank."),
    _named("my-name-blank", "Order Items", "A name with a blank.", database="mysql"),
    _named("my-name-regex", "price+tax", "A name that is no plain text in a regular expression.", database="mysql"),
    _named("my-name-dollar", "a$b", "A name with a dollar.", database="mysql"),
    _named("my-name-dot", "a.b", "A name with a dot.", database="mysql"),
    _named("my-name-umlaut", "Größe", "A name with umlauts.", database="mysql"),
    _named("my-name-cyrillic", "заказы", "A name in another script.", database="mysql"),
    _named("my-name-reserved", "order", "A word that SQL reserves.", database="mysql"),
    _named("my-name-long", "m" * 64, "The longest name of MySQL.", database="mysql"),
    _columns("postgres"),
    _columns("mysql"),
    Case(
        name="pg-names-by-case",
        reason="Two tables whose names differ only by case, and a third that only its schema tells apart.",
        ddl=[
            'CREATE TABLE {s}"Orders" (id int primary key, v text)',
            "CREATE TABLE {s}orders (id int primary key, v text)",
        ],
        before=["INSERT INTO {s}\"Orders\" VALUES (1, 'upper')", "INSERT INTO {s}orders VALUES (2, 'lower')"],
        after=["INSERT INTO {s}\"Orders\" VALUES (3, 'upper')", "INSERT INTO {s}orders VALUES (4, 'lower')"],
        tables=["Orders", "orders"],
        expected=[{"id": 1, "v": "upper"}, {"id": 3, "v": "upper"}],
    ),
    Case(
        name="pg-only-one-by-case",
        reason="Of two tables whose names differ only by case, one is captured.",
        ddl=['CREATE TABLE {s}"Only" (id int primary key)', "CREATE TABLE {s}only (id int primary key, v int)"],
        before=['INSERT INTO {s}"Only" VALUES (1)', "INSERT INTO {s}only VALUES (7, 7)"],
        after=["INSERT INTO {s}only VALUES (8, 8)", 'INSERT INTO {s}"Only" VALUES (2)'],
        tables=["Only"],
        expected=[{"id": 1}, {"id": 2}],
    ),
    Case(
        name="pg-key-names",
        reason="A key whose columns have dots, blanks and quotes.",
        ddl=['CREATE TABLE {s}t ("a.b" int, "c d" text, "e""f" int, v int, primary key ("a.b", "c d", "e""f"))'],
        before=["INSERT INTO {s}t VALUES (1, 'x', 1, 1), (1, 'y', 1, 2)"],
        after=["UPDATE {s}t SET v = 9 WHERE \"c d\" = 'x'", "DELETE FROM {s}t WHERE \"c d\" = 'y'"],
        expected=[{"a.b": 1, "c d": "x", 'e"f': 1, "v": 9}],
    ),
    Case(
        name="my-key-names",
        reason="A key whose columns have dots and blanks, and a table of another database than the stand's.",
        database="mysql",
        ddl=["CREATE TABLE {s}t (`a.b` int, `c d` varchar(9), v int, primary key (`a.b`, `c d`))"],
        before=["INSERT INTO {s}t VALUES (1, 'x', 1), (1, 'y', 2)"],
        after=["UPDATE {s}t SET v = 9 WHERE `c d` = 'x'", "DELETE FROM {s}t WHERE `c d` = 'y'"],
        expected=[{"a.b": 1, "c d": "x", "v": 9}],
    ),
    Case(
        name="pg-metadata-names",
        reason="Columns that are called as a lake's and an engine's own.",
        ddl=[
            'CREATE TABLE {s}t (id int primary key, _change_type text, "__gone" int, before int, after int, _file int)'
        ],
        before=["INSERT INTO {s}t VALUES (1, 'a', 1, 2, 3, 4)"],
        after=["INSERT INTO {s}t VALUES (2, 'b', 1, 2, 3, 4)"],
    ),
    Case(
        name="pg-changelog-name",
        reason="A table that is called as the changelog of another.",
        ddl=["CREATE TABLE {s}orders (id int primary key)", "CREATE TABLE {s}orders_changelog (id int primary key)"],
        before=["INSERT INTO {s}orders VALUES (1)", "INSERT INTO {s}orders_changelog VALUES (1)"],
        tables=["orders", "orders_changelog"],
        refused="the changelog of f_",
        alone=True,
    ),
    Case(
        name="pg-name-quotes",
        reason="A name in quotes of its own.",
        ddl=['CREATE TABLE {s}"""all""" (id int primary key)'],
        tables=['"all"'],
        refused="which Debezium takes for those of SQL",
        alone=True,
    ),
    Case(
        name="pg-alike-in-kafka",
        reason="Two tables whose topics have the same name.",
        ddl=['CREATE TABLE {s}"a b" (id int primary key)', "CREATE TABLE {s}a_b (id int primary key)"],
        tables=["a b", "a_b"],
        refused="to Kafka only letters, digits and hyphens tell topics apart",
        alone=True,
    ),
    Case(
        name="pg-alike-by-dot",
        reason="Two tables whose topics differ by a dot and an underscore alone, which Kafka does not tell apart.",
        ddl=['CREATE TABLE {s}"a.b" (id int primary key)', "CREATE TABLE {s}a_b (id int primary key)"],
        tables=["a.b", "a_b"],
        refused="to Kafka only letters, digits and hyphens tell topics apart",
        alone=True,
    ),
)
