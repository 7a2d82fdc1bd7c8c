"""The command line of a service that runs on Java."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lakestand.settings import Settings
from lakestand.stand import artifacts

# Serial GC and the first compiler only: half the memory and the start-up time of the defaults.
SMALL = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
# Where throughput counts: the second compiler halves the time that Connect spends on a record. It takes on only what
# runs six times as often as by default: in a minute of small tests it worked longer than all that it made faster.
FAST = (
    "-XX:+UseSerialGC",
    "-XX:Tier4InvocationThreshold=30000",
    "-XX:Tier4MinInvocationThreshold=5000",
    "-XX:Tier4CompileThreshold=90000",
    "-XX:Tier4BackEdgeThreshold=240000",
)
# No warnings about archives, and nothing left in /tmp.
QUIET = ("-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-XX:-UsePerfData", "-Djava.io.tmpdir=.")
# Out of memory ends the service, as its log shows, instead of leaving one that half answers.
MORTAL = ("-XX:+ExitOnOutOfMemoryError",)


@dataclass(frozen=True, kw_only=True)
class Jvm:
    """A Java program.

    Attributes:
        heap_mb: the size of its heap.
        main: the class to run, with options of the JVM before it.
        properties: system properties, as -D sets them.
        flags: choice of garbage collector and compiler; SMALL unless a service needs the second compiler.
    """

    name: str
    heap_mb: int
    classpath: tuple[Path, ...]
    main: tuple[str, ...]
    properties: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = SMALL

    def argv(self, settings: Settings, *arguments: str) -> list[str]:
        """Return the command with *arguments*; it reads the class-data archive where that was built."""
        archive = self.archive(settings)
        shared = [f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []
        system = [f"-D{key}={value}" for key, value in self.properties.items()]
        paths = ["-cp", ":".join(map(str, self.classpath))]
        java = str(artifacts.java(settings))
        return [
            java,
            f"-Xmx{self.heap_mb}m",
            *self.flags,
            *QUIET,
            *MORTAL,
            *shared,
            *system,
            *paths,
            *self.main,
            *arguments,
        ]

    def archive(self, settings: Settings) -> Path:
        """Return where the class-data archive belongs; its name depends on the very JRE, class path and flags."""
        parts: Iterable[object] = (artifacts.java(settings), *self.classpath, *self.flags, *self.main)
        key = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:12]
        return settings.cache_dir / "archives" / f"{self.name}-{key}.jsa"
