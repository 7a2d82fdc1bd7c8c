"""Spark's stack traces → one message each."""

from __future__ import annotations

import pytest

from lakestand.errors import SinkAway, TableError
from lakestand.spark import failures
from lakestand.spark.config import DeltaSparkConfig

CONFIG = DeltaSparkConfig(driver_memory="512m", executor_memory="768m", s3_endpoint="http://store:1")
DRIVER = "An error occurred while calling o1.save.\n: java.lang.OutOfMemoryError: Java heap space\n\tat a.B"
LOCAL = "Lost task 0.0 in stage 0.0 (TID 0) (127.0.0.1 executor driver): java.lang.OutOfMemoryError: Java heap space"
WORKER = "Lost task 0.3 in stage 0.0 (TID 3) (127.0.0.1 executor 1): java.lang.OutOfMemoryError: Java heap space"
DRIVER_SAYS = "Spark's driver ran out of memory (heap 512m): set LAKESTAND_SPARK_HEAP_MB higher"
WORKER_SAYS = "an executor ran out of memory (heap 768m): set LAKESTAND_SPARK_WORKER_HEAP_MB higher"
STORE = "com.amazonaws.SdkClientException: Connect to store:1 failed: Connection refused"


def explanation(err: Exception, then: str = failures.CALL) -> str:
    """Return the text of the TableError that *err* becomes."""
    with pytest.raises(TableError) as caught, failures.explain(CONFIG, then):
        raise err
    return str(caught.value)


@pytest.mark.parametrize(
    ("trace", "text"), [(DRIVER, DRIVER_SAYS), (LOCAL, DRIVER_SAYS), (WORKER, WORKER_SAYS)], ids=["d", "local", "w"]
)
def test_memory_that_ran_out_names_the_setting_of_the_heap_that_it_was(trace: str, text: str) -> None:
    assert explanation(RuntimeError(trace)).startswith(f"{text}, or write smaller batches. Nothing was committed, ")


def test_a_message_ends_in_sparks_own_words_cut_to_a_line() -> None:
    assert explanation(RuntimeError(DRIVER)).endswith("(: java.lang.OutOfMemoryError: Java heap space)")
    assert len(explanation(RuntimeError(STORE + "x" * 5000))) < 500


def test_a_server_that_is_away_is_named_by_sparks_words_beside_the_stores_address() -> None:
    text = explanation(RuntimeError(STORE))

    assert text.startswith("a server does not answer (the object store is http://store:1). Nothing was committed")
    assert text.endswith(f"({STORE})")


def test_a_pipeline_says_what_becomes_of_its_batch() -> None:
    text = explanation(RuntimeError(DRIVER), failures.PIPELINE)

    assert "batches. What no table has yet is carried when the pipeline is started again (" in text
    assert "Nothing was committed" not in text


@pytest.mark.parametrize("err", [ValueError("something else"), SinkAway("Connection refused")], ids=["other", "ours"])
def test_what_is_not_known_or_said_already_comes_as_it_was(err: Exception) -> None:
    with pytest.raises(type(err)) as caught, failures.explain(CONFIG):
        raise err

    assert caught.value is err
