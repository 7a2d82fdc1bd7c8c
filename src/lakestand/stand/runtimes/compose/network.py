"""What a Docker engine changes in this machine's network: saved before it starts, put back after it ends."""

from __future__ import annotations

import subprocess
from pathlib import Path

SAVED = "network"
FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
BRIDGE = "docker0"
# A table that was not there is put back as an empty one. https://manpages.debian.org/iptables-restore
EMPTY = {
    "filter": "*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n",
    "nat": "*nat\n:PREROUTING ACCEPT\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\nCOMMIT\n",
}


def save(folder: Path) -> None:
    """Save packet filter and forwarding in *folder* before the engine starts; an earlier save that is there stays."""
    if folder.exists():  # of an engine that was killed: what is now is not what was
        return
    rules = subprocess.run(["iptables-save"], check=True, capture_output=True, text=True).stdout
    folder.mkdir(parents=True)
    (folder / "rules").write_text(rules)
    (folder / "ip_forward").write_text(FORWARD.read_text())


def restore(folder: Path) -> None:
    """Put packet filter and forwarding back as *folder* has them, and delete it; nothing without it."""
    if not folder.exists():
        return
    subprocess.run(["iptables-restore"], check=True, input=complete_tables((folder / "rules").read_text()), text=True)
    FORWARD.write_text((folder / "ip_forward").read_text())
    subprocess.run(["ip", "link", "delete", BRIDGE], check=False, capture_output=True)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def complete_tables(rules: str) -> str:
    """Return *rules* with an empty table for each that they lack: restoring rules leaves other tables as they are."""
    lines = rules.splitlines()
    return rules + "".join(text for table, text in EMPTY.items() if f"*{table}" not in lines)
