"""PyIceberg's access to the object store, with one request for a small file instead of three."""

from __future__ import annotations

import io
from collections import OrderedDict
from threading import Lock
from typing import ClassVar

from pyarrow.fs import FileSystem, S3FileSystem
from pyiceberg.io import InputStream, OutputStream
from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO

REMEMBERED = 64  # manifests and manifest lists, of some kilobytes each
LARGEST = 1 << 20  # bytes of a file that is remembered


class SinglePutFileIO(PyArrowFileIO):
    """A file IO that sends a file shorter than one part by a single PUT; the property py-io-impl names this class.

    Arrow starts a multipart upload when a file is opened, unless its S3 file system has allow_delayed_open, for which
    PyIceberg has no property. Manifests, manifest lists and most data files are that short, and a PUT takes a third of
    the time. Nor is a manifest that this process wrote asked for again: a writer reads what it wrote a commit ago.
    """

    def new_input(self, location: str) -> PyArrowFile:
        """Return a file to read."""
        return _file(super().new_input(location))

    def new_output(self, location: str) -> PyArrowFile:
        """Return a file to write."""
        return _file(super().new_output(location))

    def _initialize_fs(self, scheme: str, netloc: str | None = None) -> FileSystem:
        store = super()._initialize_fs(scheme, netloc)
        if not isinstance(store, S3FileSystem):
            return store
        rebuild, (options,) = store.__reduce__()  # what pickle would rebuild it from
        return rebuild(options | {"allow_delayed_open": True})


def _file(file: PyArrowFile) -> PyArrowFile:
    if not file.location.endswith(".avro"):
        return file
    return ManifestFile(file.location, file._path, file._filesystem, file._buffer_size)  # noqa: SLF001


class ManifestFile(PyArrowFile):
    """A manifest or a manifest list, written at once and remembered for a while: such files never change."""

    _remembered: ClassVar[OrderedDict[str, bytes]] = OrderedDict()
    _lock: ClassVar[Lock] = Lock()

    def __len__(self) -> int:
        """Return the file's length in bytes."""
        content = self._remembered.get(self.location)
        return super().__len__() if content is None else len(content)

    def open(self, seekable: bool = True) -> InputStream:
        """Return the file's bytes as a stream."""
        content = self._remembered.get(self.location)
        return super().open(seekable) if content is None else io.BytesIO(content)

    def create(self, overwrite: bool = False) -> OutputStream:
        """Return a stream whose bytes are sent when it is closed."""
        return _Content(self, super().create(overwrite))

    def remember(self, content: bytes) -> None:
        """Keep the file's bytes instead of those of the file that was written first of all."""
        with self._lock:
            if len(content) <= LARGEST:
                self._remembered[self.location] = content
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)


class _Content(io.BytesIO):
    """What is written to a manifest before it is closed."""

    def __init__(self, file: ManifestFile, stream: OutputStream) -> None:
        super().__init__()
        self._file, self._stream = file, stream

    def close(self) -> None:
        if self.closed:
            return
        content = self.getvalue()
        super().close()
        with self._stream as stream:
            stream.write(content)
        self._file.remember(content)  # only when the store has it
