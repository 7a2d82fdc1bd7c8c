"""Delta tables by Spark: the few operations that tests, tasks and documents use."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from lakestand.errors import TableError
from lakestand.settings import Settings
from lakestand.spark import session
from lakestand.spark.config import DeltaSparkConfig
from lakestand.spark.session import Session

DataFrame = Any
FEED = "delta.enableChangeDataFeed"


@dataclass
class DeltaSparkManager:
    """A Spark session, started when it is first needed, and operations on Delta tables in it."""

    settings: Settings
    config: DeltaSparkConfig
    _session: Session = field(default=None, repr=False)

    def get_spark_session(self) -> Session:
        """The session, started if there is none; a process has only one."""
        if self._session is None:
            self._session = session.build(self.settings, self.config)
        return self._session

    def stop_spark_session(self) -> None:
        """Stop the session; the next call of get_spark_session starts another."""
        if self._session is not None:
            self._session.stop()
            self._session = None

    def is_delta_available(self) -> bool:
        """Whether a Delta table can be written to the object store and read again, by doing so."""
        path = f"s3a://{self.settings.delta_bucket}/probe-{uuid.uuid4().hex}"
        spark = self.get_spark_session()
        try:
            spark.range(3).write.format("delta").save(path)
            return bool(spark.read.format("delta").load(path).count() == 3)
        finally:
            self._delete(path)

    def create_delta_table(self, path: str, columns: str, *, partitioned_by: str = "", **properties: str) -> None:
        """Create an empty table of *columns* (DDL) at *path*.

        Table properties are keywords with _ for a dot: delta_enableChangeDataFeed="true".
        """
        named = {name.replace("_", "."): value for name, value in properties.items()}
        clause = ", ".join(f"'{name}' = '{value}'" for name, value in named.items())
        self.get_spark_session().sql(
            f"CREATE TABLE delta.`{path}` ({columns}) USING delta"
            + (f" PARTITIONED BY ({partitioned_by})" if partitioned_by else "")
            + (f" TBLPROPERTIES ({clause})" if clause else "")
        )

    def read_delta_table(self, path: str, *, version: int | None = None, timestamp: str | None = None) -> DataFrame:
        """The rows as they are now, as of *version*, or as of *timestamp* (ISO 8601)."""
        reader = self.get_spark_session().read.format("delta")
        if version is not None:
            reader = reader.option("versionAsOf", version)
        if timestamp is not None:
            reader = reader.option("timestampAsOf", timestamp)
        return reader.load(path)

    def read_delta_cdf(self, path: str, starting_version: int = 0, ending_version: int | None = None) -> DataFrame:
        """The changes from *starting_version* up to *ending_version*: the table's columns, and three of the feed.

        These are _change_type, _commit_version and _commit_timestamp. TableError for versions without a change data
        feed, with those that have one.
        """
        first, last = self._feed(path)
        if first is None or starting_version < first:
            there = "has none" if first is None else f"has versions {first} to {last}"
            raise TableError(f"{path}: no change data feed from version {starting_version} on, the table {there}")
        reader = self.get_spark_session().read.format("delta").option("readChangeFeed", "true")
        reader = reader.option("startingVersion", starting_version)
        if ending_version is not None:
            reader = reader.option("endingVersion", ending_version)
        return reader.load(path)

    def _feed(self, path: str) -> tuple[int | None, int]:
        """The first version since which the feed is on (None: it is off), and the last version."""
        spark = self.get_spark_session()
        last = spark.sql(f"DESCRIBE HISTORY delta.`{path}` LIMIT 1").first().version
        # From the log itself: what the history has of a table's properties differs by engine.
        log = spark.read.text(f"{path}/_delta_log/*.json")
        metadata = log.where("value LIKE '{\"metaData\"%'").selectExpr("input_file_name() AS file", "value").collect()
        since, known = None, False
        for line in sorted(metadata):
            on = json.loads(line.value)["metaData"]["configuration"].get(FEED) == "true"
            since, known = (_version(line.file) if since is None else since) if on else None, True
        if not known and spark.sql(f"DESCRIBE DETAIL delta.`{path}`").first().properties.get(FEED) == "true":
            since = min(map(_version, log.inputFiles()))  # the entry that turned it on was cleaned away
        return since, int(last)

    def _delete(self, path: str) -> None:
        spark = self.get_spark_session()
        where = spark._jvm.org.apache.hadoop.fs.Path(path)  # noqa: SLF001
        where.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()).delete(where, True)  # noqa: SLF001


def _version(log: str) -> int:
    """The version of a file of the log, from its name: `00000000000000000012.json` is 12."""
    return int(log.rpartition("/")[2].partition(".")[0])
