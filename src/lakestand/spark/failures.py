"""What Spark says when something is wrong, as one message: what, the likely cause, and what helps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lakestand.errors import ArtifactError, LakestandError, TableError
from lakestand.spark.config import DeltaSparkConfig

# In Spark's stack traces → what it is, and what helps. The first that is found counts.
KNOWN = {
    "java.lang.OutOfMemoryError": "Spark's driver ran out of memory (heap {driver_memory}): set "
    "LAKESTAND_SPARK_HEAP_MB higher, or write smaller batches. Nothing was committed, the call can be repeated",
    "Connection refused": "the object store {s3_endpoint} does not answer. Nothing was committed; invoke status",
    "Service: Amazon S3": "the object store {s3_endpoint} refuses a request. Nothing was committed; invoke status",
}
LINE = 200


@contextmanager
def told(config: DeltaSparkConfig) -> Iterator[None]:
    """TableError for what is known to go wrong in a block, with Spark's own words; all else as it came."""
    try:
        yield
    except LakestandError:
        raise
    except Exception as err:
        said = str(err)
        for mark, text in KNOWN.items():
            if mark in said:
                line = next((part.strip() for part in said.splitlines() if mark in part), mark)[:LINE]
                words = {"driver_memory": config.driver_memory, "s3_endpoint": config.s3_endpoint}
                raise TableError(f"{text.format(**words)} ({line})") from err
        raise


def check(classpath: list[Path]) -> None:
    """ArtifactError for a jar that is not there: Spark would start without a word, and not know Delta."""
    missing = [jar for jar in classpath if not jar.is_file()]
    if missing or not any(jar.name.startswith("delta-spark_") for jar in classpath):
        name = missing[0] if missing else "delta-spark"
        raise ArtifactError(f"Spark cannot read Delta tables: {name} is missing; invoke fetch --spark")
