"""What a driver usually does, so that its archive holds the classes: ARCHIVE JAVA_HOME JAR…

A JVM that is started with -XX:ArchiveClassesAtExit writes what it loaded when it ends (JEP 350).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from lakestand import settings as conf
from lakestand.spark import session
from lakestand.spark.config import DeltaSparkConfig

WRITE_SECONDS = 120.0


def main(archive: Path, java_home: Path, classpath: list[Path]) -> None:
    """Write, change and read a Delta table in a temporary folder."""
    settings = conf.load()
    wanted = DeltaSparkConfig(app_name="training")
    spark = session.start(settings, wanted, classpath, java_home, f"-XX:ArchiveClassesAtExit={archive}")
    with tempfile.TemporaryDirectory() as folder:
        _work(spark, f"{folder}/table")
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
    spark.sql(f"DELETE FROM delta.`{path}` WHERE id = 1")  # noqa: S608  a temporary folder
    feed = spark.read.format("delta").option("readChangeFeed", "true").option("startingVersion", 0)
    feed.load(path).groupBy("_change_type").count().collect()
    spark.read.format("delta").load(path).orderBy("id").collect()
    spark.sql(f"DESCRIBE HISTORY delta.`{path}`").collect()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(jar) for jar in sys.argv[3:]])
