"""Everything this package raises on purpose.

LakestandError
  BadSetting            a LAKESTAND_* name or value that means nothing
  ArtifactError         a file that cannot be fetched, or is not the one that was pinned
  NotReady              a probe's answer: not yet, and why
  Refused               a probe's answer: waiting will not help, and why
  StandError            a stand cannot do on this machine, or from here, what was asked of it
  StartFailed           a service did not come up; carries its last log lines
  ServiceError          a service answered a request with an error
    ErrorStatus         the answer has an HTTP status of 400 or more; carries it and the server's message
    ConnectorFailed     a connector or one of its tasks is FAILED; carries the task's trace
  PipelineError         the pipeline must stop, and nothing was committed
    BadEvent            one record cannot be decoded; carries its position and a reason
    IncompatibleSchema  a source column changed in a way that its table cannot follow
    PositionError       a table holds positions that its topic cannot have
    Overtaken           another pipeline wrote a part of the same events to the same table
    SinkAway            a table's store or catalogue does not answer, or refuses to write, for too long
    TableGone           a table was dropped under the pipeline
  TableError            an operation on a table that cannot be done, and why
  Drift                 source and table differ
  BadRecord             a file that should hold a measurement does not
  NotMeasured           a figure that the report needs was not measured; names the command that measures it
  RequestTooLarge       a body that the inbox does not read
"""

from __future__ import annotations


class LakestandError(Exception):
    """Base class: catch this one to catch them all. Its text is what a user reads."""


class BadSetting(LakestandError):
    """The environment or .env asks for something that does not exist."""


class ArtifactError(LakestandError):
    """A pinned file is missing, truncated or not the file that was pinned."""


class NotReady(LakestandError):
    """The service answered, or failed to answer, in a way that means "wait"."""


class Refused(LakestandError):
    """The service answered in a way that no waiting will change."""


class StandError(LakestandError):
    """A stand cannot do on this machine, or from here, what was asked of it."""


class StartFailed(LakestandError):
    """A service was not ready within its time."""

    def __init__(self, name: str, seconds: float, reason: str, log: str) -> None:
        self.name, self.reason, self.log = name, reason, log
        tail = f"\n--- last lines of {name} (all: invoke logs {name}) ---\n{log}" if log else ""
        super().__init__(f"{name} not ready after {seconds:.1f} s: {reason}{tail}")


class ServiceError(LakestandError):
    """A service answered a request with an error."""


class ErrorStatus(ServiceError):
    """A server answered *request* with an HTTP status of 400 or more, and with *message*."""

    def __init__(self, request: str, status: int, message: str) -> None:
        self.status, self.message = status, message
        super().__init__(f"{request}: {status} {message}")


class ConnectorFailed(ServiceError):
    """A connector or one of its tasks is FAILED."""


class PipelineError(LakestandError):
    """The pipeline cannot go on; nothing of the batch at hand was committed."""


class BadEvent(PipelineError):
    """One record cannot be turned into a change event."""

    def __init__(self, reason: str, *, at: object) -> None:
        self.reason, self.at = reason, at
        super().__init__(f"{at}: {reason}")


class IncompatibleSchema(PipelineError):
    """A source column changed in a way the table cannot follow."""


class PositionError(PipelineError):
    """A table's stored position does not fit the topic it reads."""


class Overtaken(PipelineError):
    """Another pipeline wrote a part of the same events to the same table."""


class SinkAway(PipelineError):
    """A table's store or catalogue does not answer, or refuses to write, for too long."""


class TableGone(PipelineError):
    """A table was dropped under the pipeline."""


class TableError(LakestandError):
    """An operation on a table cannot be done as it was asked for; the table is as it was."""


class Drift(LakestandError):
    """Source and table differ."""


class BadRecord(LakestandError):
    """A file that should hold a measurement does not, or is of another version."""


class NotMeasured(LakestandError):
    """A figure that a criterion of the report needs is missing; the text names the command that measures it."""


class RequestTooLarge(LakestandError, ValueError):
    """A request's body is longer than the inbox reads, or does not say how long it is."""
