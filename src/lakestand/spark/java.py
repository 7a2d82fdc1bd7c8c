"""The Java that Spark runs on, checked before a JVM is started."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from lakestand.errors import BadSetting
from lakestand.settings import Settings
from lakestand.stand import artifacts
from lakestand.stand.artifacts import jre

# Spark's major version → the Java versions that it runs on: its "Downloading" page, and 21, on which 3.5 is run here.
FITTING: dict[int, Container[int]] = {3: {8, 11, 17, 21}, 4: {17, 21}}
VECTOR = "jdk.incubator.vector"


def home(settings: Settings, spark: str) -> Path:
    """JAVA_HOME for Spark of that version: LAKESTAND_SPARK_JAVA_HOME, else that of the other services.

    BadSetting where it is no Java, or one that this Spark cannot run on.
    """
    given = settings.spark_java_home
    found = Path(given) if given else artifacts.java(settings).parent.parent
    program = found / "bin" / "java"
    if not program.is_file():
        raise BadSetting(f"LAKESTAND_SPARK_JAVA_HOME={given}: there is no {program}")
    major, series = jre.major(program), int(spark.partition(".")[0])
    if major not in FITTING[series]:
        wanted = ", ".join(str(v) for v in (8, 11, 17, 21) if v in FITTING[series])
        raise BadSetting(
            f"Spark {spark} runs on Java {wanted}; {found} is Java {major}. Set LAKESTAND_SPARK_JAVA_HOME to one of "
            "these, or leave it empty for the one that lakestand brings"
        )
    if series > 3 and VECTOR not in _modules(found):
        raise BadSetting(
            f"Spark {spark} needs the Java module {VECTOR}, which {found} lacks. Set LAKESTAND_SPARK_JAVA_HOME to a "
            "whole JDK 17 or 21"
        )
    return found


def _modules(java_home: Path) -> str:
    release = java_home / "release"
    return release.read_text(errors="replace") if release.is_file() else VECTOR
