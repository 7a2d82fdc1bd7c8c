"""`python -m lakestand.metrics [--log-json]`: the exporter, until SIGTERM."""

from __future__ import annotations

import argparse
import signal
import threading

from prometheus_client import CollectorRegistry, start_http_server

from lakestand import logs
from lakestand.metrics.exporter import StandCollector
from lakestand.settings import Settings


def main() -> None:
    """Serve GET /metrics until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m lakestand.metrics", description="Serve metrics to Prometheus.")
    parser.add_argument("--log-json", action="store_true", help="log JSON lines")
    options, settings, ended = parser.parse_args(), Settings.load(), threading.Event()
    logs.configure(settings.log_level, as_json=options.log_json)
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
