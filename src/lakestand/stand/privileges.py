"""Running a program as another user: some services refuse to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

from lakestand.errors import BadSetting, StandError


def is_root() -> bool:
    """Return whether this process is root, and must step down for some services."""
    return os.geteuid() == 0


def command_prefix(user: str) -> list[str]:
    """Return what to put before a command so that it runs as *user*; nothing unless this process is root.

    The command keeps CAP_DAC_OVERRIDE: a checkout under /root is closed to every other user, and the service must reach
    its folder there.

    Raises:
        StandError: when setpriv is missing.
        BadSetting: when there is no such user.
    """
    if not is_root():
        return []
    if not shutil.which("setpriv"):
        raise StandError("PostgreSQL and MySQL refuse to run as root and setpriv (util-linux) is missing")
    entry = _entry(user)
    keep = "-all,+dac_override"
    ids = [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    return ["setpriv", *ids, f"--inh-caps={keep}", f"--ambient-caps={keep}"]


def change_owner(folder: Path, user: str) -> None:
    """Make *user* the owner of *folder* and all in it; nothing unless this process is root."""
    if not is_root():
        return
    entry = _entry(user)
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def _entry(user: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise BadSetting(f"LAKESTAND_SERVICE_USER: there is no user {user} on this machine") from None
