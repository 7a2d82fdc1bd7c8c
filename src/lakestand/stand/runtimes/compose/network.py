"""What a Docker engine changes in this machine's network, kept before and put back after."""

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
    """Packet filter and forwarding, as they are before the engine starts; kept until they are put back."""
    if folder.exists():  # of an engine that was killed: what is now is not what was
        return
    rules = subprocess.run(["iptables-save"], check=True, capture_output=True, text=True).stdout
    folder.mkdir(parents=True)
    (folder / "rules").write_text(rules)
    (folder / "ip_forward").write_text(FORWARD.read_text())


def restore(folder: Path) -> None:
    """As they were."""
    if not folder.exists():
        return
    subprocess.run(["iptables-restore"], check=True, input=complete_tables((folder / "rules").read_text()), text=True)
    FORWARD.write_text((folder / "ip_forward").read_text())
    subprocess.run(["ip", "link", "delete", BRIDGE], check=False, capture_output=True)
    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()


def complete_tables(rules: str) -> str:
    """*rules*, with an empty table for each that it lacks."""
    lines = rules.splitlines()
    return rules + "".join(text for table, text in EMPTY.items() if f"*{table}" not in lines)
