"""Which Java Spark gets, and the message for a wrong one before a JVM is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakestand.errors import ArtifactError, BadSetting
from lakestand.spark import failures, java
from tests.unit import plain

ALL = "java.base java.sql jdk.incubator.vector"


def jdk(folder: Path, version: str, modules: str = ALL) -> str:
    """Create a Java home as far as it is looked at: its program and its release file."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "java").touch()
    (folder / "release").write_text(f'JAVA_VERSION="{version}"\nMODULES="{modules}"\n')
    return str(folder)


@pytest.mark.parametrize(("spark", "version"), [("3.5.9", "17.0.1"), ("3.5.9", "21.0.8"), ("4.1.4", "17.0.1")])
def test_a_fitting_java_is_taken(tmp_path: Path, spark: str, version: str) -> None:
    given = jdk(tmp_path / "jdk", version)

    assert java.home(plain.settings(spark_java_home=given), spark) == Path(given)


@pytest.mark.parametrize(
    ("spark", "version", "wanted"), [("3.5.9", "25", "8, 11, 17, 21"), ("4.1.4", "11.0.2", "17, 21")]
)
def test_a_java_that_spark_cannot_run_on_is_named_with_those_that_it_can(
    tmp_path: Path, spark: str, version: str, wanted: str
) -> None:
    given = jdk(tmp_path / "jdk", version)
    major = version.partition(".")[0]

    with pytest.raises(BadSetting, match=f"Spark {spark} runs on Java {wanted}; {given} is Java {major}"):
        java.home(plain.settings(spark_java_home=given), spark)


def test_a_folder_without_java_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=f"LAKESTAND_SPARK_JAVA_HOME={tmp_path}: there is no {tmp_path}/bin/java"):
        java.home(plain.settings(spark_java_home=str(tmp_path)), "3.5.9")


def test_spark_4_wants_a_module_that_small_runtimes_lack(tmp_path: Path) -> None:
    given = jdk(tmp_path / "jre", "21.0.8", "java.base java.sql")

    assert java.home(plain.settings(spark_java_home=given), "3.5.9") == Path(given)
    with pytest.raises(BadSetting, match=r"needs the Java module jdk\.incubator\.vector"):
        java.home(plain.settings(spark_java_home=given), "4.1.4")


@pytest.mark.parametrize("there", [["other.jar"], []])
def test_a_missing_delta_jar_is_named_with_the_command_that_fetches_it(tmp_path: Path, there: list[str]) -> None:
    jars = [tmp_path / name for name in there]
    for jar in jars:
        jar.touch()

    with pytest.raises(ArtifactError, match="delta-spark is missing; invoke fetch --spark"):
        failures.check_jars(jars)


def test_a_jar_that_went_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"delta-spark_2\.12-3\.3\.2\.jar is missing; invoke fetch --spark"):
        failures.check_jars([tmp_path / "delta-spark_2.12-3.3.2.jar"])
