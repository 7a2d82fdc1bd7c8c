"""Cases that share a connector, carried as a user would: registered, run, changed, and run again."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from lakestand.lake.names import TableName
from lakestand.lake.sinks import SINKS, drop_namespace
from lakestand.reconcile.comparison import Comparison, compare
from lakestand.settings import Settings
from lakestand.sources import includes
from lakestand.sources.connect import DebeziumClient
from lakestand.sources.database import Database
from lakestand.sources.databases import open_database
from lakestand.sources.presets import rebuild
from lakestand.sources.registration import remove
from tests.field.case import Case, Row
from tests.fixtures.road import ROOT

SECONDS = 180
FORMATS = ("iceberg", "delta")


@dataclass
class Group:
    """Cases of one database, and what the commands that carried them printed.

    Attributes:
        form: json or avro.
        mark: stands in all names of the group.
        printed: what the commands printed, one after another.
        codes: the exit code of each command, by its name.
        broken: the error of a statement, by the case's name; the case is not carried then.
    """

    settings: Settings
    database: str
    form: str
    cases: Sequence[Case]
    mark: str = field(default_factory=lambda: uuid.uuid4().hex[:6])
    printed: str = ""
    codes: dict[str, int] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    @property
    def connector(self) -> str:
        """The name of the connector."""
        return f"field-{self.mark}"

    @property
    def source(self) -> Database:
        """The cases' database."""
        return open_database(self.settings, self.database)

    @property
    def marks(self) -> str:
        """A table of the connector that shows how far it has read."""
        return f"f_{self.mark}_marks.marks"

    def carry(self) -> None:
        """Carry all cases by snapshot and by stream; stops at the first command that fails."""
        self._prepare()
        options = [option for case in self.cases for option in case.register]
        avro = ["--avro"] if self.form == "avro" else []
        tables = ",".join([*self.tables(), self.marks])
        named = ("--source", self.database, "--tables", tables, "--name", self.connector)
        if self._invoke("register", "connectors.register", *named, *avro, *options):
            return
        if self._run("snapshot"):
            return
        self._change()
        self._run("stream")
        replaced = [option for case in self.cases for name in case.replace for option in ("--replace", name)]
        if replaced:
            self._run("replace", *replaced)
        if any(case.repaired for case in self.cases):
            options = [option for table in self.tables() for option in ("--table", table)]
            self._invoke("repair", "reconcile", "--repair", "--source", self.database, *options)

    def tables(self) -> list[str]:
        """Return the names of the cases' tables, as commands take them."""
        unbroken = [case for case in self.cases if case.name not in self.broken]
        return [str(TableName(case.schema(self.mark), table)) for case in unbroken for table in case.tables]

    def rows(self, case: Case, kind: str) -> list[Row]:
        """Return the rows of the mirror of a case's first table, in order of their texts."""
        table = SINKS[kind](self.settings, case.schema(self.mark)).existing(case.tables[0])
        rows = pa.table({}).to_pylist() if table is None else table.read().to_pylist()
        return sorted(rows, key=repr)

    def comparisons(self, case: Case) -> list[Comparison]:
        """Return the comparison of each of a case's tables with its mirrors."""
        schema = case.schema(self.mark)
        names = [str(TableName(schema, table)) for table in case.tables]
        sinks = [SINKS[kind](self.settings, schema) for kind in FORMATS]
        return [compare(self.source, name, sink) for name in names if self.source.key(name) for sink in sinks]

    def _prepare(self) -> None:
        schemas = [self.marks.partition(".")[0], *(case.schema(self.mark) for case in self.cases)]
        for schema in schemas:
            self.source.execute(f"CREATE SCHEMA {schema}")
        self.source.execute(f"CREATE TABLE {self.marks} (n INT PRIMARY KEY)")
        self.source.execute(f"INSERT INTO {self.marks} VALUES (0)")
        for case in self.cases:
            self._execute(case, [*case.ddl, *case.before])

    def _change(self) -> None:
        for case in self.cases:
            self._execute(case, case.after)
        self.source.execute(f"INSERT INTO {self.marks} VALUES (1)")
        topic = f"{self.connector}.{self.marks}"
        options = {"group.id": topic, "isolation.level": "read_committed", "auto.offset.reset": "earliest"}
        consumer = Consumer({"bootstrap.servers": self.settings.bootstrap_servers, "log_level": 0, **options})
        consumer.assign([TopicPartition(topic, 0, 0)])
        try:
            assert len(consumer.consume(2, SECONDS)) == 2, f"{self.connector} does not send what changed"
        finally:
            consumer.close()

    def _execute(self, case: Case, statements: Sequence[str]) -> None:
        try:
            for statement in statements:
                self.source.execute(case.statement(statement, self.mark))
        except Exception as err:  # noqa: BLE001  the case's test shows it
            self.broken[case.name] = f"{type(err).__name__}: {err}"

    def _run(self, step: str, *options: str) -> int:
        topics = [includes.topic(self.connector, table) for table in self.tables()]
        return self._invoke(
            step, "pipeline.run", *(o for topic in topics for o in ("--topic", topic)), "--once", *options
        )

    def _invoke(self, step: str, *arguments: str) -> int:
        argv = [sys.executable, "-m", "invoke", *arguments]
        done = subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True, timeout=SECONDS)
        self.printed += f"--- {step}: {done.returncode}\n{done.stdout}{done.stderr}"
        self.codes[step] = done.returncode
        return done.returncode


@contextmanager
def carried(settings: Settings, database: str, form: str, cases: Sequence[Case]) -> Iterator[Group]:
    """Carry *cases*; what was made is removed afterwards."""
    group = Group(settings, database, form, cases)
    try:
        group.carry()
        yield group
    finally:
        _remove(group)


def _remove(group: Group) -> None:
    client = DebeziumClient(group.settings.connect_url)
    if client.connector_exists(group.connector):
        remove(group.settings, rebuild(group.settings, client.get_connector(group.connector)["config"]))
    admin = AdminClient({"bootstrap.servers": group.settings.bootstrap_servers})
    if left := [t for t in admin.list_topics(timeout=10).topics if t.startswith(f"{group.connector}.")]:
        for future in admin.delete_topics(left).values():
            future.result()
    for schema in (group.marks.partition(".")[0], *(case.schema(group.mark) for case in group.cases)):
        cascade = " CASCADE" if group.database == "postgres" else ""
        group.source.execute(f"DROP SCHEMA IF EXISTS {schema}{cascade}")
        drop_namespace(group.settings, schema)
