"""What a person sees in a browser: the messages, newest first, and the runbooks that alerts link to.

The page is made without a template engine, which the inbox's container image would need for these few lines.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from html import escape
from typing import Any

from lakestand.stand.configs import RUNBOOKS

SHOWN_MESSAGES = 200
HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>inbox</title><style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}
td,th{text-align:left;vertical-align:top;padding:.3em 1em;border-bottom:1px solid #ddd}
pre{white-space:pre-wrap;margin:0;max-width:60em;max-height:20em;overflow:auto}</style>"""


def render_messages(messages: Sequence[dict[str, Any]]) -> str:
    """Return an HTML page with the newest messages; everything in a message is escaped."""
    rows = "".join(_row(m) for m in list(messages)[: -SHOWN_MESSAGES - 1 : -1])
    shown = f", the last {SHOWN_MESSAGES} shown" if len(messages) > SHOWN_MESSAGES else ""
    heads = "".join(f"<th>{name}</th>" for name in ("received", "channel", "subject", "message"))
    return f"{HEAD}<h1>Inbox: {len(messages)} messages{shown}</h1><table><tr>{heads}</tr>{rows}</table></html>"


def find_runbook(name: str) -> str:
    """Return the section of the document RUNBOOKS that is called *name*; empty when there is none."""
    match = re.search(rf"^### {re.escape(name)}\n(.*?)(?=^##|\Z)", RUNBOOKS.read_text(), re.MULTILINE | re.DOTALL)
    return match[0].strip() + "\n" if match else ""


def _row(message: dict[str, Any]) -> str:
    body = message["body"]
    text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
    at = time.strftime("%H:%M:%S", time.localtime(message["received"]))
    cells = (at, message["channel"], message["subject"])
    return f"<tr>{''.join(f'<td>{escape(c)}</td>' for c in cells)}<td><pre>{escape(text)}</pre></td></tr>"
