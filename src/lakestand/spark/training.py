"""The program that creates a class-data archive, by doing what a driver usually does: ARCHIVE JAVA_HOME JAR…

A JVM that is started with -XX:ArchiveClassesAtExit writes what it loaded when it ends (JEP 350).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from lakestand.lake import bootstrap
from lakestand.settings import Settings
from lakestand.spark import config, session
from lakestand.stand import scratch
from lakestand.stand.services import declare

WRITE_SECONDS = 120.0
# The tests of small tables run without generated code.
INTERPRETED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}


def main(archive: Path, java_home: Path, classpath: list[Path]) -> None:
    """Create *archive* by writing, changing and reading Delta tables in an object store of its own.

    Most of what a first write loads are the classes of S3A, so a local folder would not do.
    """
    settings = Settings.load().model_copy(update=dict.fromkeys(Settings.secret_fields(), SecretStr("of a training")))
    with scratch.stand(settings, archive.parent, declare, "minio") as moved:
        bootstrap.create_buckets(moved)
        wanted = config.from_settings(moved, app_name="training")
        spark = session.start(moved, wanted, classpath, java_home, f"-XX:ArchiveClassesAtExit={archive}")
        _work(spark, f"s3a://{moved.delta_bucket}/generated")
        for name, value in INTERPRETED.items():
            spark.conf.set(name, value)
        _work(spark, f"s3a://{moved.delta_bucket}/interpreted")
        _end(spark)


def _end(spark: Any) -> None:  # noqa: ANN401  pyspark is optional
    gateway = spark.sparkContext._gateway  # noqa: SLF001  its JVM is a child of this process
    spark.stop()
    gateway.proc.stdin.close()
    gateway.proc.wait(WRITE_SECONDS)


def _work(spark: Any, path: str) -> None:  # noqa: ANN401  pyspark is optional
    rows = spark.range(1000).selectExpr("id", "concat('row ', id) AS name", "current_timestamp() AS at")
    for mode in ("overwrite", "append"):
        rows.write.format("delta").mode(mode).save(path)
    rows.createOrReplaceTempView("source")
    spark.sql(
        f"MERGE INTO delta.`{path}` t USING source s ON t.id = s.id AND t.name <> s.name "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
    spark.sql(f"DELETE FROM delta.`{path}` WHERE id = 1")  # noqa: S608  a throw-away store
    feed = spark.read.format("delta").option("readChangeFeed", "true").option("startingVersion", 0)
    feed.load(path).groupBy("_change_type").count().collect()
    spark.read.format("delta").load(path).orderBy("id").collect()
    spark.sql(f"DESCRIBE HISTORY delta.`{path}`").collect()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(jar) for jar in sys.argv[3:]])
