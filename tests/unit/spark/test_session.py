"""The properties of a session, without Spark: what the file has, and what a configuration puts in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakestand.errors import ArtifactError
from lakestand.spark import session
from lakestand.spark.config import DeltaSparkConfig
from lakestand.stand import configs
from lakestand.stand.artifacts import table
from tests.unit import plain

FEED = "spark.databricks.delta.properties.defaults.enableChangeDataFeed"
PACKAGES = "spark.jars.packages"
JAR = Path("/cache/delta.jar")


def properties(**more: object) -> dict[str, str]:
    """Return the properties of a session with a configuration of these fields."""
    return session.properties(plain.settings(), DeltaSparkConfig(**more), [JAR])  # type: ignore[arg-type]


def test_the_file_has_the_specified_keys() -> None:
    found = dict(session.default_properties(plain.settings()))

    assert found[PACKAGES].split(",") == ["io.delta:delta-spark_2.12:3.3.2", "org.apache.hadoop:hadoop-aws:3.3.4"]
    assert found["spark.sql.extensions"] == "io.delta.sql.DeltaSparkSessionExtension"
    assert found["spark.sql.catalog.spark_catalog"] == "org.apache.spark.sql.delta.catalog.DeltaCatalog"
    assert found["spark.hadoop.fs.s3a.impl"] == "org.apache.hadoop.fs.s3a.S3AFileSystem"
    assert found["spark.hadoop.fs.s3a.path.style.access"] == "true"
    assert found[FEED] == "true"


def test_the_file_names_the_very_versions_that_the_cache_pins_and_the_configuration_says() -> None:
    wanted, found = DeltaSparkConfig(), dict(session.default_properties(plain.settings()))

    assert found[PACKAGES].split(",")[0] == f"io.delta:delta-spark_{wanted.scala_version}:{wanted.delta_version}"
    assert set(found[PACKAGES].split(",")) <= set(table.SETS["spark-delta"].roots)


def test_the_file_holds_no_credential() -> None:
    text = configs.path("spark", "spark-defaults.conf").read_text()

    assert [word for word in ("access.key", "secret.key", "${s3_secret_access_key}") if word in text] == []


def test_no_session_resolves_packages_or_copies_jars() -> None:
    found = properties()

    assert [name for name in found if name.startswith("spark.jars")] == []
    assert found["spark.driver.extraClassPath"] == found["spark.executor.extraClassPath"] == str(JAR)


def test_no_secret_is_a_property() -> None:
    found = properties(s3_access_key_id="somebody", s3_secret_access_key=plain.SECRET)

    assert [value for value in found.values() if "somebody" in value or plain.SECRET in value] == []


def test_a_configuration_wins_over_the_file() -> None:
    found = properties(enable_cdf=False, s3_endpoint="http://store:1", s3_region="eu-west-1", driver_memory="3g")

    assert found[FEED] == "false"
    assert found["spark.hadoop.fs.s3a.endpoint"] == "http://store:1"
    assert found["spark.hadoop.fs.s3a.endpoint.region"] == "eu-west-1"
    assert (found["spark.driver.memory"], found["spark.executor.memory"]) == ("3g", "1g")


def test_an_extra_property_wins_over_all() -> None:
    assert properties(extra_config={FEED: "other", "spark.driver.memory": "9g"}).items() >= {
        (FEED, "other"),
        ("spark.driver.memory", "9g"),
    }


def test_jars_that_cannot_be_had_are_said_with_the_command_that_fetches_them(tmp_path: Path) -> None:
    nowhere = plain.settings(cache_dir=tmp_path, maven_url="http://127.0.0.1:9")

    with pytest.raises(ArtifactError, match=r"^Spark lacks jars: .* missing for spark-delta; .*invoke fetch --spark$"):
        session.classpath(("spark-delta",), nowhere)
