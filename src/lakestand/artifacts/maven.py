"""Fetching pinned files over HTTP: a few at once, checked, each put in place whole."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from jgo.constants import MAVEN_CENTRAL_URL
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from lakestand.artifacts.pin import CHUNK, Pin
from lakestand.errors import ArtifactError
from lakestand.settings import Settings

PARALLEL = 6
TIMEOUTS = (10, 60)  # seconds to connect, and between two reads

Advance = Callable[[int], None]


def download(pins: Iterable[Pin], folder: Path, settings: Settings, advance: Advance) -> None:
    """All *pins* into *folder*; ArtifactError for the first that cannot be had."""
    folder.mkdir(parents=True, exist_ok=True)
    with requests.Session() as session, ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(lambda pin: _one(session, pin, folder, settings, advance), pins))


def _one(session: requests.Session, pin: Pin, folder: Path, settings: Settings, advance: Advance) -> None:
    if not pin.fault(folder / pin.file):
        advance(pin.size)
        return
    url = f"{(settings.maven_url or MAVEN_CENTRAL_URL).rstrip('/')}/{pin.location}"
    try:
        _stream(session, url, pin, folder / pin.file, advance)
    except requests.RequestException as err:
        raise ArtifactError(_unreachable(err, pin, settings)) from err


@retry(
    retry=retry_if_exception_type((requests.ConnectionError, requests.Timeout)),
    stop=stop_after_attempt(3),
    wait=wait_exponential(multiplier=0.2, max=2),
    reraise=True,
)
def _stream(session: requests.Session, url: str, pin: Pin, target: Path, advance: Advance) -> None:
    part, found, size = target.with_name(f"{target.name}.part"), hashlib.sha256(), 0
    with session.get(url, stream=True, timeout=TIMEOUTS) as response, part.open("wb") as file:
        response.raise_for_status()
        for chunk in response.iter_content(CHUNK):
            file.write(chunk)
            found.update(chunk)
            size += len(chunk)
            advance(len(chunk))
    if found.hexdigest() != pin.sha256:
        part.unlink()
        raise ArtifactError(
            f"{pin.coordinate}: the repository's file ({size:,} bytes, sha256 {found.hexdigest()[:12]}…) is not the "
            f"pinned one ({pin.size:,} bytes, {pin.sha256[:12]}…); refused. A proxy or mirror may have changed it: "
            "set LAKESTAND_MAVEN_URL to another"
        )
    part.replace(target)


def _unreachable(err: requests.RequestException, pin: Pin, settings: Settings) -> str:
    status = f"HTTP {err.response.status_code}" if err.response is not None else type(err).__name__
    return (
        f"cannot fetch {pin.coordinate} ({status}): check the network, set LAKESTAND_MAVEN_URL to a mirror, or copy "
        f"a filled cache to {settings.cache_dir}"
    )
