"""Fetching pinned files over HTTP: a few at once, each checked and put in place whole."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import requests
from jgo.constants import MAVEN_CENTRAL_URL
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_exponential

from lakestand.errors import ArtifactError
from lakestand.settings import Settings
from lakestand.stand.artifacts.pin import CHUNK, Pin

PARALLEL = 6
TIMEOUTS = (10, 30)  # seconds to connect, and between two reads
PASSING = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


class Advance(Protocol):
    """A function that is called with the progress of downloads: bytes, and files that are complete."""

    def __call__(self, size: int, files: int = 0) -> None:
        """Add *size* bytes, a negative number when a try failed, and *files* to what has come."""


class Downloads:
    """A context in which files are fetched in threads; leaving it by an error gives up those that have not begun."""

    def __init__(self, settings: Settings, advance: Advance) -> None:
        self.url, self.advance = repository_url(settings), advance
        self.session, self.pool = requests.Session(), ThreadPoolExecutor(PARALLEL)
        self.session.verify = trusted_authorities()
        # Else a server that labels .gz files as an encoding has them unpacked on the way.
        self.session.headers["Accept-Encoding"] = "identity"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pool.shutdown(cancel_futures=kind is not None)
        self.session.close()

    def submit(self, pin: Pin, folder: Path) -> Future[Pin]:
        """Begin to fetch *pin* into *folder*; the future raises ArtifactError when it is not the pinned file."""
        return self.pool.submit(self._one, pin, folder / pin.file)

    def _one(self, pin: Pin, target: Path) -> Pin:
        part = target.with_name(f"{target.name}.part")
        with disk_errors(part):
            actual = _stream(self.session, f"{self.url}/{pin.location}", pin, part, self.advance)
            if actual != pin.sha256:
                raise ArtifactError(_refusal(pin, actual, part.stat().st_size, self.url))
            part.replace(target)
        self.advance(0, files=1)
        return pin


def repository_url(settings: Settings) -> str:
    """Return the URL of the Maven repository to fetch from."""
    return (settings.maven_url or MAVEN_CENTRAL_URL).rstrip("/")


def trusted_authorities() -> str | bool:
    """Return the file or folder of the system's certificate authorities, a company's own among them.

    It is True, which means those that requests brings, where the system has none. REQUESTS_CA_BUNDLE goes before both.
    """
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return paths.cafile
    folder = Path(paths.capath) if paths.capath else None
    return str(folder) if folder and any(folder.iterdir()) else True


def explain(err: requests.RequestException, settings: Settings) -> str:
    """Return why a fetch failed, in a few words."""
    if err.response is not None:
        return f"{err.response.url} answered HTTP {err.response.status_code}"
    if isinstance(err, requests.exceptions.SSLError):
        return (
            f"the certificate of {repository_url(settings)} is not trusted (SSLError); if a proxy of your company "
            "signs it, add its authority to the system's, or name its file in REQUESTS_CA_BUNDLE"
        )
    return f"cannot reach {repository_url(settings)} ({type(err).__name__})"


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Raise an ArtifactError, with the free space and what helps, for what the disk refuses inside the block."""
    try:
        yield
    except requests.RequestException:  # is an OSError too, but not the disk's
        raise
    except OSError as err:
        existing = next(p for p in path.parents if p.exists())
        free = shutil.disk_usage(existing).free / 1e6
        raise ArtifactError(
            f"cannot write {path}: {err.strerror or err}; {free:,.0f} MB are free there: "
            "make room, or set LAKESTAND_CACHE_DIR to another disk"
        ) from err


def _passes(err: BaseException) -> bool:
    """Whether another try may help."""
    if isinstance(err, requests.HTTPError) and err.response is not None:
        return err.response.status_code == 429 or err.response.status_code >= 500
    return isinstance(err, PASSING)


@retry(
    retry=retry_if_exception(_passes),
    stop=stop_after_attempt(3),
    wait=wait_exponential(multiplier=0.2, max=2),
    reraise=True,
)
def _stream(session: requests.Session, url: str, pin: Pin, part: Path, advance: Callable[[int], None]) -> str:
    """Write the file at *url* to *part*, and return its sha256; stops early when there is more than was pinned."""
    checksum, size = hashlib.sha256(), 0
    try:
        with session.get(url, stream=True, timeout=TIMEOUTS) as response, part.open("wb") as file:
            response.raise_for_status()
            for chunk in response.iter_content(CHUNK):
                file.write(chunk)
                checksum.update(chunk)
                size += len(chunk)
                advance(len(chunk))
                if size > pin.size:
                    break
    except requests.RequestException:
        advance(-size)
        raise
    return checksum.hexdigest()


def _refusal(pin: Pin, actual: str, size: int, url: str) -> str:
    return (
        f"{pin.coordinate}: the file at {url} ({size:,} bytes, sha256 {actual[:12]}…) is not the pinned one "
        f"({pin.size:,} bytes, {pin.sha256[:12]}…); refused. A proxy or mirror may have changed it: "
        "set LAKESTAND_MAVEN_URL to another"
    )
