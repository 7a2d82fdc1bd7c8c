"""Pin the sets of table.py by Maven, after a change of versions: `python -m lakestand.stand.artifacts.lock [SET …]`."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from lakestand.stand.artifacts.pin import LOCK, Pin, digest, parts
from lakestand.stand.artifacts.table import SETS, MavenSet

# group:artifact:extension[:classifier]:version:scope
LISTED = re.compile(r"^\s+([\w.-]+):([\w.-]+):([\w.-]+):(?:([\w.-]+):)?([\w.-]+):(?:compile|runtime)", re.MULTILINE)


def main(names: list[str]) -> None:
    """Resolve the sets *names*, by default all, and write lock.json."""
    if not shutil.which("mvn"):
        sys.exit("pinning needs Maven: no mvn on PATH")
    book = json.loads(LOCK.read_text()) if LOCK.exists() else {}
    for name in names or SETS:
        book[name] = sorted(map(str, _pins(SETS[name])))
        print(f"{name}: {len(book[name])} files")
    LOCK.write_text(json.dumps({n: book[n] for n in SETS if n in book}, indent=1) + "\n")


def _pins(wanted: MavenSet) -> list[Pin]:
    with tempfile.TemporaryDirectory() as folder:
        pom, listing, files = Path(folder, "pom.xml"), Path(folder, "list"), Path(folder, "files")
        pom.write_text(_pom(wanted))
        _maven(pom, "dependency:list", f"-DoutputFile={listing}")
        _maven(pom, "dependency:copy-dependencies", f"-DoutputDirectory={files}")
        listed = LISTED.findall(listing.read_text())
        # Left out afterwards, not by Maven: without them it would choose other versions of the rest.
        return [_pin(files, fields) for fields in listed if fields[0] not in wanted.exclude]


def _pin(folder: Path, fields: tuple[str, str, str, str, str]) -> Pin:
    group, artifact, extension, classifier, version = fields
    tail = "" if (extension, classifier) == ("jar", "") else f":{extension}:{classifier}".rstrip(":")
    bare = Pin(f"{group}:{artifact}:{version}{tail}", "", 0)
    file = folder / bare.file
    return Pin(bare.coordinate, digest(file), file.stat().st_size)


def _maven(pom: Path, *arguments: str) -> None:
    subprocess.run(["mvn", "-q", "-B", "-f", str(pom), "-DincludeScope=runtime", *arguments], check=True)


def _pom(wanted: MavenSet) -> str:
    dependencies = "".join(_dependency(root, wanted) for root in wanted.roots)
    head = "<groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging>"
    model = f"<modelVersion>4.0.0</modelVersion>{head}<dependencies>{dependencies}</dependencies>"
    return f"<project>{model}</project>"


def _dependency(root: str, wanted: MavenSet) -> str:
    names = ("groupId", "artifactId", "version", "type", "classifier")
    fields = "".join(f"<{n}>{escape(v)}</{n}>" for n, v in zip(names, parts(root), strict=True) if v)
    alone = not wanted.transitive or root in wanted.alone
    exclusions = "<exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion>" if alone else ""
    return f"<dependency>{fields}<exclusions>{exclusions}</exclusions></dependency>"


if __name__ == "__main__":
    main(sys.argv[1:])
