"""The mail server."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, Envelope, Session

from lakestand.inbox.box import Box


@dataclass(frozen=True)
class Receiver:
    """aiosmtpd's handler: takes every mail, or refuses it when told to."""

    box: Box

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        """Keep the mail with its text, HTML where there is no plain text."""
        if status := self.box.fault("email"):
            return f"{status} refused, as told"
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        mail = message_from_bytes(content, policy=policy.default)
        body = mail.get_body(preferencelist=("plain", "html"))
        self.box.put(
            "email",
            {k: str(v) for k, v in mail.items()},
            body.get_content() if body else "",
            subject=str(mail["Subject"] or ""),
            sender=envelope.mail_from or "",
            recipients=list(envelope.rcpt_tos),
        )
        return "250 OK"
