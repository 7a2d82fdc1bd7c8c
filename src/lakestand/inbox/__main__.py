"""`python -m lakestand.inbox`: serve until SIGTERM."""

from __future__ import annotations

import signal
import threading

from aiosmtpd.controller import Controller

from lakestand import settings as conf
from lakestand.inbox.box import Box
from lakestand.inbox.mail import Receiver
from lakestand.inbox.web import Receiving, Telling, server


def main() -> None:
    """Three servers over one box."""
    settings, box, ended = conf.load(), Box(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    mail = Controller(Receiver(box), hostname=settings.host, port=settings.smtp_port)
    mail.start()
    webs = [
        server(settings.host, settings.webhook_port, Receiving, box),
        server(settings.host, settings.inbox_port, Telling, box),
    ]
    for web in webs:
        threading.Thread(target=web.serve_forever, daemon=True).start()
    ended.wait()
    mail.stop()


if __name__ == "__main__":
    main()
