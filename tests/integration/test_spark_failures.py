"""Spark's failures: each error names its cause and remedy, and the table is as it was."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import fs

from lakestand.errors import TableError
from lakestand.lake import store
from lakestand.settings import Settings
from lakestand.spark import failures, home
from tests.fixtures.delta_spark import SERVICES, DeltaSparkManager
from tests.fixtures.documents import ROOT
from tests.fixtures.proxy import Fault, Proxy, proxy

pytestmark = pytest.mark.services(*SERVICES)

# Two batches into a driver of 512 MB, each in one row: a string of a gigabyte does not fit, one of a megabyte does.
SMALL_DRIVER = """
import dataclasses, sys
from lakestand.errors import TableError
from lakestand.settings import Settings
from lakestand.spark import config, failures
from lakestand.spark.manager import DeltaSparkManager

path, settings = sys.argv[1], Settings.load()
wanted = dataclasses.replace(config.from_settings(settings), driver_memory="512m")
manager = DeltaSparkManager(settings, wanted)
spark = manager.get_spark_session()
spark.range(1).selectExpr("id", "'first' AS s").write.format("delta").save(path)
try:
    with failures.explain(wanted):
        large = spark.range(1).selectExpr("id", "repeat('x', 1000000000) AS s")
        large.write.format("delta").mode("append").save(path)
except TableError as err:
    print("error:", err)
print("rows:", spark.read.format("delta").load(path).count())
spark.range(1).selectExpr("id", "repeat('x', 1000000) AS s").write.format("delta").mode("append").save(path)
print("rows:", spark.read.format("delta").load(path).count())
"""


@pytest.fixture
def faulty(settings: Settings, delta_spark: DeltaSparkManager) -> Iterator[tuple[Proxy, str]]:
    """Run a proxy to the store, and yield it with a path that Spark reaches through it."""
    bucket = f"faulty-{uuid.uuid4().hex[:12]}"
    s3 = store.s3(settings)
    s3.create_dir(bucket)
    with proxy(settings.port("minio")) as server:
        hadoop = delta_spark.get_spark_session().sparkContext._jsc.hadoopConfiguration()  # noqa: SLF001
        hadoop.set(f"fs.s3a.bucket.{bucket}.endpoint", f"http://127.0.0.1:{server.port}")
        yield server, f"s3a://{bucket}/table"
    s3.delete_dir(bucket)


def test_a_batch_that_does_not_fit_into_the_driver_names_the_setting_and_changes_nothing(delta_path: str) -> None:
    argv = [sys.executable, "-c", SMALL_DRIVER, delta_path]
    done = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True, timeout=200)

    message, before, after = done.stdout.splitlines()
    assert message.startswith("error: Spark's driver ran out of memory (heap 512m): set LAKESTAND_SPARK_HEAP_MB higher")
    assert (before, after) == ("rows: 1", "rows: 2")


def test_a_store_that_fails_at_the_commit_leaves_the_table_as_it_was(
    delta_spark: DeltaSparkManager, faulty: tuple[Proxy, str]
) -> None:
    server, path = faulty
    spark = delta_spark.get_spark_session()
    spark.range(3).write.format("delta").save(path)
    server.fault = fault = Fault(("PUT",), "_delta_log", status=503)

    with (
        pytest.raises(TableError, match=r"the object store .* refuses a request\. Nothing was committed"),
        failures.explain(delta_spark.config),
    ):
        spark.range(3).write.format("delta").mode("append").save(path)
    assert fault.hits > 0
    server.fault = Fault(())
    assert delta_spark.read_delta_table(path).count() == 3

    spark.range(3).write.format("delta").mode("append").save(path)
    assert delta_spark.read_delta_table(path).count() == 6


def test_a_write_deletes_no_folders_of_which_another_thread_may_hold_the_lock(
    faulty: tuple[Proxy, str], delta_spark: DeltaSparkManager
) -> None:
    server, path = faulty
    server.fault = fault = Fault(("POST",), "?delete", status=503)

    delta_spark.get_spark_session().range(4).repartition(2).write.format("delta").save(path)

    assert fault.hits == 0
    assert delta_spark.read_delta_table(path).count() == 4


def test_a_driver_runs_on_the_jars_in_the_cache(settings: Settings, delta_spark: DeltaSparkManager) -> None:
    process = delta_spark.get_spark_session().sparkContext._gateway.proc  # noqa: SLF001

    assert f"{home.ensure(settings)}/jars" in Path(f"/proc/{process.pid}/cmdline").read_text()


def test_the_secret_is_in_no_command_line_and_in_no_property(
    settings: Settings, delta_spark: DeltaSparkManager
) -> None:
    spark, secret = delta_spark.get_spark_session(), settings.s3_secret_access_key.get_secret_value()
    process = spark.sparkContext._gateway.proc  # noqa: SLF001

    assert secret not in Path(f"/proc/{process.pid}/cmdline").read_text()
    assert secret not in str(spark.sparkContext.getConf().getAll())
    assert store.s3(settings).get_file_info(settings.delta_bucket).type == fs.FileType.Directory
