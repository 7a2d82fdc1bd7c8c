"""Tables that stand still while the others go on: why each does, what helps, and the error at the end of a run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from lakestand.clients.registry import Registry
from lakestand.errors import Halted, LakestandError, PipelineError, ServiceError, SinkAway
from lakestand.pipeline.decoding.avro_schema import describe_differences
from lakestand.pipeline.decoding.decoder import Events
from lakestand.pipeline.target import Target

# What no table is to blame for, so that it ends a run: the store or the catalogue is away, a service does not answer.
CONCERNS_ALL = (SinkAway, ServiceError, MemoryError)
CAUSE_CHARACTERS = 300

logger = logging.getLogger(__name__)


@dataclass
class Halts:
    """The tables of one run that stand still, whatever was raised when they were written.

    Attributes:
        warn: is called with the text of each.
        registry: names the versions of an Avro schema; None where there is none.
    """

    warn: Callable[[str], None]
    registry: Registry | None = None
    _errors: list[Exception] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)

    def add(self, target: Target, err: Exception, events: Events | None = None) -> None:
        """Keep that *target* stands still for *err*, which *events* raised; warn of it."""
        text = f"{_reason(target, err)}{self._versions(events)}. This table stands still, the others go on"
        logger.info("halted", extra={"table": target.name, "sink": target.sink.name}, exc_info=err)
        self._errors.append(err)
        self._texts.append(text)
        self.warn(text)

    def add_absent(self, err: Exception) -> None:
        """Keep that topics do not exist, as *err* says; warn of it."""
        self._errors.append(err)
        self._texts.append(str(err))
        self.warn(str(err))

    def check(self) -> None:
        """Raise Halted with the reason of every table that stands still, if one does.

        Where all were halted by the same class of PipelineError, it is raised instead.
        """
        if not self._errors:
            return
        text, kinds = "\n".join(self._texts), {type(err) for err in self._errors}
        if len(kinds) == 1 and issubclass(kind := kinds.pop(), PipelineError):
            raise kind(text) from self._errors[0]
        raise Halted(text) from self._errors[0]

    def _versions(self, events: Events | None) -> str:
        """Return which fields changed between which versions of the events' schema, where that is known."""
        if self.registry is None or events is None or not events.schema_id:
            return ""
        try:
            subject, number = self.registry.place(events.schema_id)
            before = [n for n in self.registry.versions(subject) if n < number]
            if not before:
                return f". Subject {subject}, version {number}"
            old, new = (self.registry.version(subject, n).schema for n in (before[-1], number))
        except ServiceError as unknown:
            return f". Schema id {events.schema_id}: {unknown}"
        return f". Subject {subject}, versions {before[-1]} and {number}: {'; '.join(describe_differences(old, new))}"


def _reason(target: Target, err: Exception) -> str:
    """Return what happened and what helps; an error of this package's says both itself."""
    if isinstance(err, LakestandError):
        return str(err)
    cause = " ".join(str(err).split())[:CAUSE_CHARACTERS]
    return (
        f"{target.sink.name} {target.name} cannot be written from {target.topic}: {type(err).__name__}: {cause}. "
        f"Where it was raised: invoke pipeline.run --topic {target.topic} --verbose. When its cause is gone, the same "
        "command goes on where the table stands"
    )
