"""Everything the stand runs: pinned, checksummed, fetched once into a cache that all checkouts share."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from lakestand.settings import Settings
from lakestand.stand.artifacts import cache, gobuild, jre, packages, plugins, table
from lakestand.stand.artifacts import compile as compiler
from lakestand.stand.artifacts.cache import fetch, verify
from lakestand.stand.artifacts.fetched import Fetched

__all__ = [
    "DEFAULT",
    "SPARK",
    "Fetched",
    "avro_plugin",
    "binary",
    "classpath",
    "compile_java",
    "debezium_plugins",
    "fetch",
    "java",
    "libraries",
    "mariadb",
    "path",
    "state",
    "verify",
]

DEFAULT = table.DEFAULT
SPARK = tuple(name for name in table.SETS if name.startswith("spark-"))


@functools.cache
def path(name: str, settings: Settings) -> Path:
    """Return the complete folder of the set *name*, fetching it if it is missing."""
    resolved = table.resolve(name)
    fetch([name], settings)
    return cache.home(resolved, settings)


def classpath(name: str, settings: Settings) -> list[Path]:
    """Return all jars of the set *name*, sorted: class-data archives are bound to their order."""
    return sorted(path(name, settings).glob("*.jar"))


def avro_plugin(settings: Settings) -> Path:
    """Return the folder that adds Connect's Avro converter to plugin.path."""
    return plugins.avro(classpath("avro-converter", settings), settings)


def debezium_plugins(values: Path, no_defaults: Path, settings: Settings) -> tuple[Path, Path]:
    """Return the folders that add Debezium's connectors and our own transformation to plugin.path.

    *values* is the folder of the converters of values, *no_defaults* the transformation's source.
    """
    home = path("debezium", settings)
    converters = {
        plugin: compile_java(values / folder, sorted((home / plugin).glob("*.jar")), settings)
        for plugin, folder in plugins.VALUES.items()
    }
    api = [jar for jar in classpath("kafka", settings) if jar.name.startswith(("connect-", "kafka-clients"))]
    transformation = compile_java(no_defaults, api, settings, provides=plugins.TRANSFORMATION)
    return plugins.debezium(home, converters, settings), plugins.transformation(transformation, settings)


def java(settings: Settings) -> Path:
    """Return the Java program of every JVM service."""
    return jre.java(settings)


def mariadb(settings: Settings) -> tuple[Path, Path]:
    """Return MariaDB's base folder, from the distribution's package, and the folder of a library that it needs."""
    return packages.mariadb(settings)


def libraries(settings: Settings) -> list[Path]:
    """Return the folders of the libraries that MySQL needs and this system lacks."""
    return packages.libraries(settings)


def binary(name: str, settings: Settings) -> Path:
    """Return a program that no wheel and no jar brings: alertmanager or prometheus."""
    return gobuild.alertmanager(settings) if name == "alertmanager" else packages.program(name, settings)


def compile_java(source: Path, jars: Sequence[Path], settings: Settings, provides: str = "") -> Path:
    """Return a jar with the classes of *source*; *provides* names the service interface that it implements."""
    (ecj,) = classpath("ecj", settings)
    return compiler.compile_java(source, jars, java(settings), ecj, settings, provides=provides)


def summarize(settings: Settings) -> str:
    """Return how many of the default sets are complete in the cache, as a sentence."""
    faults = [why for n in DEFAULT if (why := cache.find_fault(cache.home(table.resolve(n), settings)))]
    return f"{len(DEFAULT) - len(faults)} of {len(DEFAULT)} sets complete in {settings.cache_dir}"
