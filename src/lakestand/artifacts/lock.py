"""Pins every set of table.py: `python -m lakestand.artifacts.lock [SET …]`, by Maven, after a version bump."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from lakestand.artifacts.pin import LOCK, Pin, digest, parts
from lakestand.artifacts.table import SETS, MavenSet

LISTED = re.compile(r"^\s+([\w.-]+):([\w.-]+):([\w.-]+):(?:([\w.-]+):)?([\w.-]+):(?:compile|runtime)", re.M)


def main(names: list[str]) -> None:
    """Resolve the named sets (default: all) and write lock.json."""
    book = json.loads(LOCK.read_text()) if LOCK.exists() else {}
    for name in names or SETS:
        book[name] = sorted(map(str, _pins(SETS[name])))
        print(f"{name}: {len(book[name])} files")
    LOCK.write_text(json.dumps({n: book[n] for n in SETS if n in book}, indent=1) + "\n")


def _pins(wanted: MavenSet) -> list[Pin]:
    with tempfile.TemporaryDirectory() as folder:
        pom = Path(folder) / "pom.xml"
        pom.write_text(_pom(wanted))
        listing = Path(folder) / "list"
        _maven(pom, "dependency:list", f"-DoutputFile={listing}", "-DincludeScope=runtime")
        _maven(pom, "dependency:copy-dependencies", f"-DoutputDirectory={folder}/files", "-DincludeScope=runtime")
        pins = []
        for group, artifact, extension, classifier, version in LISTED.findall(listing.read_text()):
            tail = f":{extension}:{classifier}" if classifier else "" if extension == "jar" else f":{extension}"
            bare = Pin(f"{group}:{artifact}:{version}{tail}", "", 0)
            file = Path(folder) / "files" / bare.file
            pins.append(Pin(bare.coordinate, digest(file), file.stat().st_size))
        return pins


def _maven(pom: Path, *arguments: str) -> None:
    subprocess.run(["mvn", "-q", "-B", "-f", str(pom), *arguments], check=True)


def _pom(wanted: MavenSet) -> str:
    dependencies = "".join(_dependency(root, wanted) for root in wanted.roots)
    head = "<modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>"
    return f"<project>{head}<packaging>pom</packaging><dependencies>{dependencies}</dependencies></project>"


def _dependency(root: str, wanted: MavenSet) -> str:
    names = ("groupId", "artifactId", "version", "type", "classifier")
    fields = "".join(f"<{n}>{escape(v)}</{n}>" for n, v in zip(names, parts(root), strict=True) if v)
    left_out = wanted.exclude if wanted.transitive and root not in wanted.alone else ("*",)
    exclusions = "".join(
        f"<exclusion><groupId>{g}</groupId><artifactId>*</artifactId></exclusion>" for g in left_out
    )
    return f"<dependency>{fields}<exclusions>{exclusions}</exclusions></dependency>"


if __name__ == "__main__":
    main(sys.argv[1:])
