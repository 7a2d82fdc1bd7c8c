"""Spark's stack traces as one message each: what happened, the likely cause, and what helps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lakestand.errors import ArtifactError, LakestandError, TableError
from lakestand.spark.config import DeltaSparkConfig

# A pattern of a line in Spark's stack traces → what it means, and what helps. The first that matches counts.
KNOWN = {
    # A numbered executor is a worker's; that of local[N] is called "driver".
    r"executor \d+\): java\.lang\.OutOfMemoryError": "an executor ran out of memory (heap {executor_memory}): set "
    "LAKESTAND_SPARK_WORKER_HEAP_MB higher, or write smaller batches. {then}",
    r"java\.lang\.OutOfMemoryError": "Spark's driver ran out of memory (heap {driver_memory}): set "
    "LAKESTAND_SPARK_HEAP_MB higher, or write smaller batches. {then}",
    # In a pipeline it may be the catalogue: Spark's own words, which follow, have the address.
    r"Connection refused": "a server does not answer (the object store is {s3_endpoint}). {then}; invoke status",
    r"Service: Amazon S3": "the object store {s3_endpoint} refuses a request. {then}; invoke status",
}
# The session itself ends, or the query is being stopped under what it does.
ENDING = (
    r"InterruptedException|Job \d+ cancelled|cancelled part|SparkContext was shut down|stopped SparkContext|Py4JNetwork"
)
LINE = 200
CALL = "Nothing was committed, the call can be repeated"
# A micro-batch is a commit a table: some may have theirs already.
PIPELINE = "What no table has yet is carried when the pipeline is started again"


@contextmanager
def explain(config: DeltaSparkConfig, then: str = CALL) -> Iterator[None]:
    """Raise TableError for known failures of Spark in a block, with Spark's own words; let all others through.

    *then* is the sentence about what the failure leaves behind.
    """
    try:
        yield
    except LakestandError:
        raise
    except Exception as err:
        if text := _explanation(str(err), config, then):
            raise TableError(text) from err
        raise


def concerns_session(err: Exception) -> bool:
    """Return whether *err* is the session's, its servers' or its processes', and not that of what was being done."""
    text = f"{type(err).__name__}: {err}"
    return any(re.search(pattern, text) for pattern in (ENDING, *KNOWN))


def _explanation(trace: str, config: DeltaSparkConfig, then: str) -> str:
    for pattern, text in KNOWN.items():
        if line := next((line for line in trace.splitlines() if re.search(pattern, line)), ""):
            words = {
                "driver_memory": config.driver_memory,
                "executor_memory": config.executor_memory,
                "s3_endpoint": config.s3_endpoint,
            }
            return f"{text.format(**words, then=then)} ({line.strip()[:LINE]})"
    return ""


def check_jars(classpath: list[Path]) -> None:
    """Raise ArtifactError when a jar is missing: Spark would start all the same, and not know Delta."""
    missing = [jar for jar in classpath if not jar.is_file()]
    if missing or not any(jar.name.startswith("delta-spark_") for jar in classpath):
        name = missing[0] if missing else "delta-spark"
        raise ArtifactError(f"Spark cannot read Delta tables: {name} is missing; invoke fetch --spark")
