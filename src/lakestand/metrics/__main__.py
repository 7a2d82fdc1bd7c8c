"""`python -m lakestand.metrics`: the exporter, until SIGTERM."""

from __future__ import annotations

import signal
import threading

from prometheus_client import CollectorRegistry, start_http_server

from lakestand.metrics.exporter import StandCollector
from lakestand.settings import Settings


def main() -> None:
    """Serve GET /metrics until SIGTERM or Ctrl-C."""
    settings, ended = Settings.load(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StandCollector(settings))
    server, thread = start_http_server(settings.port("exporter"), settings.listen, registry)
    ended.wait()
    server.shutdown()
    thread.join()


if __name__ == "__main__":
    main()
