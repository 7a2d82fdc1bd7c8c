"""The Java that Spark runs on, checked before a JVM is started."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from lakestand.errors import BadSetting
from lakestand.settings import Settings
from lakestand.stand import artifacts
from lakestand.stand.artifacts import jre

# Spark's major version → the Java versions that it runs on: its "Downloading" page, and 21, on which 3.5 runs here.
FITTING: dict[int, Container[int]] = {3: {8, 11, 17, 21}, 4: {17, 21}}
VECTOR = "jdk.incubator.vector"


def home(settings: Settings, spark: str) -> Path:
    """JAVA_HOME for the version *spark* of Spark: LAKESTAND_SPARK_JAVA_HOME, else the Java of the other services.

    BadSetting when it is no Java, or one that this Spark cannot run on.
    """
    setting = settings.spark_java_home
    java_home = Path(setting) if setting else artifacts.java(settings).parent.parent
    program = java_home / "bin" / "java"
    if not program.is_file():
        raise BadSetting(f"LAKESTAND_SPARK_JAVA_HOME={setting}: there is no {program}")
    major, series = jre.major_version(program), int(spark.partition(".")[0])
    if major not in FITTING[series]:
        versions = ", ".join(str(v) for v in (8, 11, 17, 21) if v in FITTING[series])
        raise BadSetting(
            f"Spark {spark} runs on Java {versions}; {java_home} is Java {major}. Set LAKESTAND_SPARK_JAVA_HOME to one "
            "of these, or leave it empty for the one that lakestand brings"
        )
    if series > 3 and VECTOR not in _modules(java_home):
        raise BadSetting(
            f"Spark {spark} needs the Java module {VECTOR}, which {java_home} lacks. Set LAKESTAND_SPARK_JAVA_HOME to "
            "a whole JDK 17 or 21"
        )
    return java_home


def _modules(java_home: Path) -> str:
    release = java_home / "release"
    return release.read_text(errors="replace") if release.is_file() else VECTOR
