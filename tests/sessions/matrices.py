"""A story's tests with other versions of the library that it is about, each in an environment of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

from tests.sessions.environments import EXTRAS, install
from tests.sessions.tables import STORIES

# PyIceberg's version → pytest's options. Version 0.10 meets deprecations of later pydantic and pyparsing, cannot read
# the bounds of a widened column (apache/iceberg-python#3293), and does not ask how the catalogue parts the names of
# nested namespaces.
ICEBERG = {
    "==0.10.0": ("-W", "ignore::DeprecationWarning", "-k", "not key_that_widens and not nested_namespace"),
    ">=0.12": (),
}
# Delta's version → what is installed: the specified pair, and the newest that works together.
DELTA = {
    "3.3.2": ("pyspark==3.5.9", "delta-spark==3.3.2"),
    "4.4.0": ("pyspark==4.1.4", "delta-spark==4.4.0"),
}


def iceberg(session: nox.Session, version: str) -> None:
    """Run the Iceberg tests with PyIceberg of that *version*."""
    install(session, "test", extras=EXTRAS)
    session.install("-q", "--upgrade-package=pyiceberg", f"pyiceberg[pyarrow,pyiceberg-core]{version}")
    session.run("pytest", *STORIES["iceberg"].paths, "--stand", *ICEBERG[version], *session.posargs)


def delta(session: nox.Session, version: str) -> None:
    """Run the Delta tests with Delta of that *version* and its Spark; Spark 4 runs on the JDK that is on PATH."""
    install(session, "test", extras=EXTRAS)
    session.install("-q", *DELTA[version])
    java = shutil.which("java") if version.startswith("4") else None
    env = {"LAKESTAND_SPARK_JAVA_HOME": str(Path(java).resolve().parent.parent)} if java else {}
    session.run("pytest", *STORIES["delta"].paths, "--stand", *session.posargs, env=env)
