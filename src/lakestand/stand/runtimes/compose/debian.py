"""Docker on Debian 12 from package registries alone: Debian 13's engine, and a base image made by debootstrap."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lakestand.errors import StandError
from lakestand.stand.runtimes.compose import docker

BASE = "debian:bookworm-slim"
# Debian 13's run on Debian 12: they need only its libc. What they need beside each other is Debian 12's.
FROM_TRIXIE = ("docker.io", "docker-cli", "docker-compose", "docker-buildx", "containerd")
INSTALLED = (*FROM_TRIXIE[:-1], "iptables", "iproute2", "debootstrap")
SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
CERTIFICATES = Path("/usr/local/share/ca-certificates")
PULL_SECONDS = 60
# What an image needs of a package; documents it does not. man1 stays: Java's packages write links there.
EXCLUDED = ("doc", "info", "locale")
# As the published image has it: no package file stays in a layer.
CLEAN = """DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
APT::Keep-Downloaded-Packages "false";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
"""


def lacks_programs() -> bool:
    """Return whether the engine, Compose or debootstrap is not installed."""
    return not all(map(shutil.which, ("dockerd", "debootstrap"))) or docker.run("compose", "version")[0] != 0


def install() -> None:
    """Install Docker's engine, buildx, Compose and debootstrap, and leave the system's own package sources alone."""
    # apt's own user must be able to look into it.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        options = _options(folder)
        _run(["apt-get", *options, "update"])
        _run(["apt-get", *options, "install", "-y", "--no-install-recommends", *INSTALLED])


def _options(folder: Path) -> list[str]:
    for name in ("parts", "lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    own = next((source for source in SOURCES if source.exists()), None)
    if own is None:
        raise StandError(f"no {' or '.join(map(str, SOURCES))}: this is not Debian 12, install Docker by hand")
    shutil.copy(own, folder / "parts")
    trixie = f"Types: deb\nURIs: {_mirror(own)}\nSuites: trixie\nComponents: main\nSigned-By: {KEYS}\n"
    (folder / "parts" / "trixie.sources").write_text(trixie)
    pins = [("*", -1), (" ".join(FROM_TRIXIE), 990)]
    text = "\n".join(f"Package: {what}\nPin: release n=trixie\nPin-Priority: {rank}\n" for what, rank in pins)
    (folder / "preferences").write_text(text)
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": folder / "parts",
        "Dir::Etc::preferences": folder / "preferences",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",
    }
    return ["-q", *(part for key, value in settings.items() for part in ("-o", f"{key}={value}"))]


def _mirror(source: Path) -> str:
    """Where this system's packages come from."""
    mirror = re.search(r"^(?:URIs:|deb(?: \[.*?\])?)\s+(\S+)", source.read_text(), re.MULTILINE)
    if not mirror:
        raise StandError(f"{source} names no mirror: install Docker by hand")
    return mirror[1]


def has_base() -> bool:
    """Return whether the image BASE is on this machine, or could be pulled now."""
    if docker.run("image", "inspect", BASE)[0] == 0:
        return True
    pulled = subprocess.run(
        ["timeout", str(PULL_SECONDS), "docker", "pull", "--quiet", BASE], check=False, capture_output=True
    )
    return pulled.returncode == 0


def make_base() -> None:
    """Make an image with the name BASE from Debian's packages, with this machine's mirror and TLS authorities."""
    own = next(source for source in SOURCES if source.exists())
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        root = Path(name)
        _run(["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", name, _mirror(own)])
        _settle(root, own)
        _run(["sh", "-c", f"tar -C {root} --numeric-owner -c . | docker import --change 'CMD [\"bash\"]' - {BASE}"])


def _settle(root: Path, own: Path) -> None:
    (root / "etc/apt/sources.list").write_text("")
    shutil.copy(own, root / "etc/apt/sources.list.d" if own.suffix == ".sources" else root / "etc/apt/sources.list")
    for certificate in CERTIFICATES.glob("*.crt"):
        shutil.copy(certificate, root / str(CERTIFICATES).lstrip("/"))
    _run(["chroot", str(root), "update-ca-certificates"])
    (root / "etc/apt/apt.conf.d/docker-clean").write_text(CLEAN)
    excludes = "".join(f"path-exclude /usr/share/{name}/*\n" for name in EXCLUDED)
    (root / "etc/dpkg/dpkg.cfg.d/docker").write_text(excludes)
    for place in (*(f"usr/share/{name}" for name in EXCLUDED), "var/cache/apt", "var/lib/apt/lists", "var/log"):
        _empty(root / place)
    for file in ("etc/resolv.conf", "etc/hostname"):
        (root / file).unlink(missing_ok=True)


def _empty(folder: Path) -> None:
    """Delete all files below *folder*; the folders stay."""
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            path.unlink()


def _run(argv: Sequence[str]) -> None:
    completed = subprocess.run(argv, check=False, capture_output=True, text=True, env=_environ())
    if completed.returncode:
        raise StandError(f"{' '.join(argv[:2])} … failed: {(completed.stderr or completed.stdout).strip()[-600:]}")


def _environ() -> dict[str, str]:
    return dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
