"""What a person sees in a browser: the messages, newest first, and the runbooks that alerts link to."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from html import escape
from typing import Any

from lakestand.stand.configs import ROOT

SHOWN = 200
RUNBOOKS = ROOT / "docs" / "infrastructure" / "alertmanager-config.md"
HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>inbox</title><style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}
td,th{text-align:left;vertical-align:top;padding:.3em 1em;border-bottom:1px solid #ddd}
pre{white-space:pre-wrap;margin:0;max-width:60em;max-height:20em;overflow:auto}</style>"""


def messages(found: Sequence[dict[str, Any]]) -> str:
    """The page: nothing of a message is markup."""
    rows = "".join(_row(m) for m in list(found)[: -SHOWN - 1 : -1])
    shown = f", the last {SHOWN} shown" if len(found) > SHOWN else ""
    heads = "".join(f"<th>{name}</th>" for name in ("received", "channel", "subject", "message"))
    return f"{HEAD}<h1>Inbox: {len(found)} messages{shown}</h1><table><tr>{heads}</tr>{rows}</table></html>"


def runbook(name: str) -> str:
    """The section of the document that is called *name*; empty when there is none."""
    found = re.search(rf"^### {re.escape(name)}\n(.*?)(?=^##|\Z)", RUNBOOKS.read_text(), re.MULTILINE | re.DOTALL)
    return found[0].strip() + "\n" if found else ""


def _row(message: dict[str, Any]) -> str:
    body = message["body"]
    text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
    at = time.strftime("%H:%M:%S", time.localtime(message["received"]))
    cells = (at, message["channel"], message["subject"])
    return f"<tr>{''.join(f'<td>{escape(c)}</td>' for c in cells)}<td><pre>{escape(text)}</pre></td></tr>"
