"""The mail server: accepts mail from anyone, and checks the password of a client that gives one."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from lakestand.inbox.box import Box

USER = "lakestand"
MAX_BYTES = 1 << 20


class SmtpServer(SMTP):
    """One connection, with the login prompts that Go's clients expect; aiosmtpd's own end in a zero byte."""

    AuthLoginUsernameChallenge = "Username:"
    AuthLoginPasswordChallenge = "Password:"


class MailServer(Controller):
    """The server, in a thread of its own between `start` and `stop`."""

    def factory(self) -> SMTP:
        """Return what serves one connection."""
        return SmtpServer(self.handler, **self.SMTP_kwargs)


@dataclass(frozen=True)
class Delivery:
    """What aiosmtpd calls for every mail: puts it into *box*."""

    box: Box

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        """Keep the mail; return SMTP's answer, which refuses it when a fault is set."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        status = self.box.add(
            "email",
            **parse(content),
            sender=envelope.mail_from or "",
            recipients=list(envelope.rcpt_tos),
            trusted=bool(session.authenticated),
            size=len(content),
        )
        return f"{status} refused by a fault" if status else "250 OK"


def create_server(host: str, port: int, box: Box, password: str) -> MailServer:
    """Return a server that is not started yet; a client may log in with *password*, with an empty one nobody can."""

    def check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: Any) -> AuthResult:  # noqa: ANN401
        known = isinstance(login, LoginPassword) and login.login == USER.encode() and bool(password)
        right = known and hmac.compare_digest(login.password, password.encode())
        return AuthResult(success=right, handled=False)

    return MailServer(
        Delivery(box),
        hostname=host,
        port=port,
        authenticator=check,
        auth_require_tls=False,  # on loopback
        auth_exclude_mechanism=["PLAIN"],  # a Go client refuses it without TLS to any host but localhost
        data_size_limit=MAX_BYTES,
        timeout=30,
    )


def parse(content: bytes) -> dict[str, Any]:
    """Return headers, subject, text and HTML of a mail; one that cannot be parsed is all body."""
    try:
        mail = message_from_bytes(content, policy=policy.default)
        plain, html = _text(mail, "plain"), _text(mail, "html")
        headers = {k: str(v) for k, v in mail.items()}
        return {"headers": headers, "subject": str(mail["Subject"] or ""), "body": plain or html, "html": html}
    except Exception:  # noqa: BLE001  Python's parser fails on bad mail with whatever it happens to raise
        return {"headers": {}, "body": content.decode(errors="replace")}


def _text(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")
