"""A snapshot that adds and removes data files and delete files together; PyIceberg's own cannot add delete files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Never

from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.manifest import (
    DataFile,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    ManifestWriterV2,
)
from pyiceberg.table import Transaction
from pyiceberg.table.snapshots import Operation, SnapshotSummaryCollector, Summary, update_snapshot_summaries
from pyiceberg.table.update.snapshot import _MergeAppendFiles
from pyiceberg.typedef import EMPTY_DICT

from lakestand.lake.iceberg.deletes import POOL

SMALL_MANIFEST = 64 << 10  # of some 400 delete files: smaller ones are joined, for PyIceberg joins none


class DeleteManifestWriter(ManifestWriterV2):
    """PyIceberg's writer, which says of every manifest that it lists data files."""

    def content(self) -> ManifestContent:
        """Return that delete files are listed."""
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


@dataclass
class Side:
    """What a snapshot changes of one kind of manifest.

    Attributes:
        content: data files or delete files.
        added: the files to add.
        gone: paths of the files to remove.
        removed: those of them that were found in the manifests.
    """

    content: ManifestContent
    added: list[DataFile] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    removed: list[DataFile] = field(default_factory=list)


class RowDelta(_MergeAppendFiles):
    """Data files and position-delete files that come and go in one snapshot, on top of the one that is current now."""

    def __init__(
        self, transaction: Transaction, operation: Operation, properties: Mapping[str, str] = EMPTY_DICT
    ) -> None:
        super().__init__(operation, transaction, transaction._table.io, snapshot_properties=dict(properties))  # noqa: SLF001
        self.data, self.deletes = Side(ManifestContent.DATA), Side(ManifestContent.DELETES)

    def add(self, *, data: Iterable[DataFile] = (), deletes: Iterable[DataFile] = ()) -> None:
        """Add files."""
        self.data.added += data
        self.deletes.added += deletes

    def remove(self, *, data: Iterable[DataFile] = (), deletes: Iterable[DataFile] = ()) -> None:
        """Remove files, which must be in the current snapshot."""
        self.data.gone.update(file.file_path for file in data)
        self.deletes.gone.update(file.file_path for file in deletes)

    def _refresh_for_retry(self) -> Never:
        # Row numbers are true of the snapshot that they were looked up in only, so PyIceberg must not try again.
        raise CommitFailedException("another writer was faster")

    def _manifests(self) -> list[ManifestFile]:
        parents = self._parents()
        sides = POOL.map(
            lambda side: self._side(side, [m for m in parents if m.content == side.content]), (self.data, self.deletes)
        )
        return self._process_manifests([manifest for side in sides for manifest in side])

    def _parents(self) -> list[ManifestFile]:
        parent = self._parent_snapshot_id
        snapshot = self._transaction.table_metadata.snapshot_by_id(parent) if parent is not None else None
        manifests = snapshot.manifests(self._io) if snapshot else []
        return [m for m in manifests if m.has_added_files() or m.has_existing_files()]

    def _side(self, side: Side, present: list[ManifestFile]) -> list[ManifestFile]:
        """Return the manifests of *side*: new ones, those of *present* that are rewritten, and those that stay."""
        moved: dict[int, list[ManifestEntry]] = defaultdict(list)
        kept: list[ManifestFile] = []
        left = set(side.gone)
        for manifest in present:
            joined = side is self.deletes and bool(side.added) and manifest.manifest_length < SMALL_MANIFEST
            entries = manifest.fetch_manifest_entry(self._io, discard_deleted=True) if left or joined else []
            hit = {e.data_file.file_path for e in entries} & left
            if not hit and not joined:
                kept.append(manifest)
                continue
            left -= hit
            moved[manifest.partition_spec_id] += [self._moved(e, is_gone=e.data_file.file_path in hit) for e in entries]
        if left:
            raise ValidationException(f"no longer in the table: {', '.join(sorted(left))}")
        removed = [e.data_file for es in moved.values() for e in es if e.status == ManifestEntryStatus.DELETED]
        side.removed = removed
        return [*self._written(side, moved), *kept]

    def _moved(self, entry: ManifestEntry, *, is_gone: bool) -> ManifestEntry:
        return ManifestEntry.from_args(
            status=ManifestEntryStatus.DELETED if is_gone else ManifestEntryStatus.EXISTING,
            snapshot_id=self._snapshot_id if is_gone else entry.snapshot_id,
            sequence_number=entry.sequence_number,
            file_sequence_number=entry.file_sequence_number,
            data_file=entry.data_file,
        )

    def _written(self, side: Side, moved: Mapping[int, list[ManifestEntry]]) -> list[ManifestFile]:
        added: dict[int, list[ManifestEntry]] = defaultdict(list)
        for file in side.added:
            entry = ManifestEntry.from_args(
                status=ManifestEntryStatus.ADDED, snapshot_id=self._snapshot_id, data_file=file
            )
            added[file.spec_id].append(entry)
        if side is self.deletes:
            return [self._write(side, spec, [*added[spec], *moved.get(spec, ())]) for spec in {*added, *moved}]
        # New data files have a manifest of their own, the first one: PyIceberg's merging is about it.
        groups = [*added.items(), *moved.items()]
        return [self._write(side, spec, entries) for spec, entries in groups]

    def _write(self, side: Side, spec: int, entries: list[ManifestEntry]) -> ManifestFile:
        with (
            self._deletes_writer(spec) if side is self.deletes else self.new_manifest_writer(self.spec(spec)) as writer
        ):
            for entry in entries:
                writer.add_entry(entry)
        return writer.to_manifest_file()

    def _deletes_writer(self, spec: int) -> DeleteManifestWriter:
        schema, output = self._transaction.table_metadata.schema(), self.new_manifest_output()
        return DeleteManifestWriter(self.spec(spec), schema, output, self._snapshot_id, self._compression)

    def _summary(self, snapshot_properties: Mapping[str, Any] = EMPTY_DICT) -> Summary:
        metadata = self._transaction.table_metadata
        collector, specs = SnapshotSummaryCollector(), metadata.specs()
        for side in (self.data, self.deletes):
            for file in side.added:
                collector.add_file(file, metadata.schema(), specs[file.spec_id])
            for file in side.removed:
                collector.remove_file(file, metadata.schema(), specs[file.spec_id])
        parent = self._parent_snapshot_id
        before = metadata.snapshot_by_id(parent) if parent is not None else None
        # PyIceberg adds up no totals of the operation "replace".
        counted = Summary(operation=Operation.OVERWRITE, **collector.build(), **snapshot_properties)
        total = update_snapshot_summaries(counted, before.summary if before else None)
        return Summary(operation=self._operation, **total.additional_properties)
