"""A pipeline in a thread, and a wait until it has committed a number of events."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from lakestand import probe
from lakestand.demo.tally import Tally
from lakestand.errors import PipelineError
from lakestand.pipeline.run import Pipeline

STALL_SECONDS = 60.0


@dataclass
class PipelineThread:
    """A context in which *pipeline* runs and whose value is `wait`; its error is raised by `wait` and at the end.

    *tally* must count what the pipeline commits.
    """

    pipeline: Pipeline
    tally: Tally
    _stop: threading.Event = field(default_factory=threading.Event)
    _failed: list[Exception] = field(default_factory=list)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Callable[[int], None]:
        self._thread = threading.Thread(target=self._work, name="pipeline", daemon=True)
        self._thread.start()
        return self.wait

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
        if kind is None:
            self._raise()

    def wait(self, events: int) -> None:
        """Wait until *events* are committed; PipelineError when none is for a minute; raises the pipeline's error."""
        progress = [0, time.monotonic()]

        def committed() -> bool:
            self._raise()
            now = self.tally.total()
            if now != progress[0]:
                progress[:] = [now, time.monotonic()]
            if time.monotonic() - progress[1] > STALL_SECONDS:
                raise PipelineError(f"{now:,} of {events:,} events committed, then none for {STALL_SECONDS:g} s")
            return now >= events

        probe.until(committed, 3600, f"{events} events")

    def _work(self) -> None:
        try:
            self.pipeline.run(self._stop.is_set)
        except Exception as err:  # noqa: BLE001  raised again in the thread that waits
            self._failed.append(err)

    def _raise(self) -> None:
        if self._failed:
            raise self._failed[0]
