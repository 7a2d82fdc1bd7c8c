"""`python -m lakestand.inbox`: serve until SIGTERM."""

from __future__ import annotations

import logging
import signal
import threading

from lakestand import logs
from lakestand.inbox import mail, web
from lakestand.inbox.api import Api
from lakestand.inbox.box import Box
from lakestand.inbox.webhooks import Webhooks
from lakestand.settings import Settings


def main() -> None:
    """Run the mail server and both web servers over one box until SIGTERM or Ctrl-C."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns at every login
    settings, box, ended = Settings.load(), Box(), threading.Event()
    logs.configure(settings.log_level)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    smtp = mail.create_server(settings.listen, settings.port("smtp"), box, settings.smtp_password.get_secret_value())
    smtp.start()
    token = settings.alert_token.get_secret_value()
    servers = [
        web.create_server(settings.listen, settings.port("webhook"), Webhooks, box, token),
        web.create_server(settings.listen, settings.port("inbox"), Api, box),
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    ended.wait()
    smtp.stop()


if __name__ == "__main__":
    main()
