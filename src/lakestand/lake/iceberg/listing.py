"""The files of a snapshot, as its manifests list them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyiceberg.manifest import DataFile, DataFileContent, ManifestEntry
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from lakestand.errors import TableError
from lakestand.lake.iceberg import deletes, tables
from lakestand.lake.iceberg.index import Rows


@dataclass(frozen=True)
class Listing:
    """Data files and position-delete files by path."""

    data: Mapping[str, ManifestEntry]
    deletes: Mapping[str, ManifestEntry]

    @classmethod
    def of(cls, table: Table, snapshot: Snapshot | None) -> Listing:
        """Read the manifests of *snapshot*, which may be None for a table that was never written.

        Raises:
            TableError: when it has deletes that are not read here: equality deletes, or those of format version 3.
        """
        manifests = snapshot.manifests(table.io) if snapshot else []
        listed = deletes.POOL.map(lambda manifest: manifest.fetch_manifest_entry(table.io), manifests)
        entries = {entry.data_file.file_path: entry for part in listed for entry in part}
        kinds = {k: {p: e for p, e in entries.items() if e.data_file.content == k} for k in DataFileContent}
        positions = kinds[DataFileContent.POSITION_DELETES]
        if kinds[DataFileContent.EQUALITY_DELETES] or any(deletes.is_vector(e.data_file) for e in positions.values()):
            raise TableError(
                f"{tables.name(table)} has equality deletes or deletion vectors of another writer, whose changes "
                "cannot be listed. Let that writer compact it (Spark: CALL system.rewrite_data_files)"
            )
        return cls(kinds[DataFileContent.DATA], positions)

    def naming(self, table: Table) -> dict[str, dict[str, DataFile]]:
        """Return by data file the delete files that name it, by path; those about several files are read for that."""
        shared = [e.data_file for e in self.deletes.values() if deletes.target(e.data_file) is None]
        contents = deletes.read(table.io, shared)
        naming: dict[str, dict[str, DataFile]] = {}
        for path, entry in self.deletes.items():
            one = deletes.target(entry.data_file)
            for named in contents[path] if one is None else [one]:
                data = self.data.get(named)
                # Readers ignore deletes that are older than the data file.
                if data is not None and (entry.sequence_number or 0) >= (data.sequence_number or 0):
                    naming.setdefault(named, {})[path] = entry.data_file
        return naming


def read_hidden(table: Table, naming: Mapping[str, Mapping[str, DataFile]]) -> dict[str, Rows]:
    """Return by data file the ascending numbers of the rows that the delete files naming it hide."""
    contents = deletes.read(table.io, {p: f for by in naming.values() for p, f in by.items()}.values())
    return {path: deletes.hidden(contents, by.values(), path) for path, by in naming.items()}
