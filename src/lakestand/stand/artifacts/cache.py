"""The sets of artifacts in the cache: fetched once, put in place whole, checked cheaply on every use."""

from __future__ import annotations

import hashlib
import logging
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path

import requests
from filelock import FileLock, Timeout

from lakestand.errors import ArtifactError
from lakestand.settings import Settings
from lakestand.stand.artifacts import contents, display, maven, pin, table
from lakestand.stand.artifacts.fetched import Fetched, Gap
from lakestand.stand.artifacts.pin import Pin, locked
from lakestand.stand.artifacts.unpack import unpack

# A slow line may need this for the largest set; another process that holds the lock longer hangs.
LOCK_SECONDS = 1800

logger = logging.getLogger(__name__)


def home(name: str, settings: Settings, lock: Path = pin.LOCK) -> Path:
    """Return where the set *name* lies: its folder has a hash of what is pinned in its name."""
    key = hashlib.sha256("".join(map(str, locked(name, lock))).encode()).hexdigest()[:12]
    return settings.cache_dir / "sets" / f"{name}-{key}"


def find_fault(folder: Path) -> str:
    """Return why the set in *folder* is not as it was put there; empty when it is. Looks at file sizes only."""
    return contents.find_fault(folder)


def fetch(names: Sequence[str], settings: Settings, lock: Path = pin.LOCK, *, progress: bool = True) -> Fetched:
    """Make the sets *names* complete in the cache, with a progress bar for what is downloaded.

    Returns how much was fetched, and how long it took.

    Raises:
        ArtifactError: when a file cannot be had or is not the pinned one, or when the cache cannot be written.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        # In one order for all, so that no two processes wait for each other.
        gaps = [g for n in sorted(set(map(table.resolve, names))) if (g := _gap(stack, n, settings, lock))]
        if gaps:
            _fill(gaps, settings, progress=progress)
    files, size = sum(len(g.missing) for g in gaps), sum(g.size for g in gaps)
    return Fetched(files, size / 1e6, time.monotonic() - began)


def verify(name: str, settings: Settings, lock: Path = pin.LOCK) -> None:
    """Read every file of the set *name*; ArtifactError names the first that is not what was fetched."""
    folder = home(table.resolve(name), settings, lock)
    if why := find_fault(folder) or contents.find_altered(folder):
        raise ArtifactError(f"{why}: rm -r '{folder}', then invoke fetch")


def _gap(stack: ExitStack, name: str, settings: Settings, lock: Path) -> Gap | None:
    """Return what is to be done for a set, which stays locked then; None when it is complete."""
    target = home(name, settings, lock)
    if not find_fault(target):
        return None
    _lock(stack, target)
    # Another process may have put it in place while this one waited.
    if not (why := find_fault(target)):
        return None
    part = target.with_name(f"{target.name}.part")
    pins = locked(name, lock)
    with maven.disk_errors(part):
        contents.prepare(part, target, pins)
    missing = [p for p in pins if p.find_fault(part / p.file)]
    return Gap(name=name, target=target, part=part, missing=missing, why=why)


def _lock(stack: ExitStack, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stack.enter_context(FileLock(f"{target}.lock", timeout=LOCK_SECONDS))
    except Timeout:
        raise ArtifactError(f"another process fetches {target} for {LOCK_SECONDS} s: end it") from None
    except OSError as err:
        raise ArtifactError(f"cannot write to the cache: {err}; set LAKESTAND_CACHE_DIR to another") from err


def _fill(gaps: Sequence[Gap], settings: Settings, *, progress: bool) -> None:
    with display.show(gaps, shown=progress) as shown, maven.Downloads(settings, shown.advance) as downloads:
        begun = [(gap, [downloads.submit(p, gap.part) for p in gap.missing]) for gap in gaps]
        # A set is unpacked while those after it are still on their way.
        for gap, futures in begun:
            _await(futures, gaps, settings)
            with maven.disk_errors(gap.part):
                _place(gap)
            shown.report_set(gap)
            logger.info("fetched %s into %s", gap.name, gap.target)


def _await(futures: Sequence[Future[Pin]], gaps: Sequence[Gap], settings: Settings) -> None:
    try:
        for future in futures:
            future.result()
    except requests.RequestException as err:
        raise ArtifactError(_lacking(err, gaps, settings)) from err


def _place(gap: Gap) -> None:
    unpack(gap.part, table.archives(gap.name))
    contents.record(gap.part)
    # A damaged set makes room by being renamed: deleting it takes long, and may be interrupted.
    old = gap.target.with_name(f"{gap.target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if gap.target.exists():
        gap.target.replace(old)
    gap.part.replace(gap.target)
    shutil.rmtree(old, ignore_errors=True)


def _lacking(err: requests.RequestException, gaps: Sequence[Gap], settings: Settings) -> str:
    damaged = "".join(f"{g.why}; " for g in gaps if g.target.exists())
    files, size = sum(len(g.missing) for g in gaps), sum(g.size for g in gaps) / 1e6
    return (
        f"{damaged}{maven.explain(err, settings)}: {files} files ({size:,.0f} MB) missing for "
        f"{', '.join(g.name for g in gaps)}; check the network, or copy a filled cache to "
        f"{settings.cache_dir}, or set LAKESTAND_MAVEN_URL to a mirror"
    )
