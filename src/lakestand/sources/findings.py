"""What an examination of a database finds before a connector is registered: errors and warnings, each with its help."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about a database, a table or a column that a connector cannot carry, or carries in another way.

    Attributes:
        severity: "error" when the connector would not stream or would lose changes, so that it is not registered;
            "warning" when everything arrives but for what the text names; "note" when it is good to know.
        table: schema.table, or "" when it is about the whole connector.
        column: the column's name, or "" when it is about the whole table.
        text: what was found.
        help: the statement, option or command that helps; "" when nothing does.
    """

    severity: Severity
    text: str
    table: str = ""
    column: str = ""
    help: str = ""

    @property
    def place(self) -> str:
        """The table and the column, as far as it is about them."""
        return ".".join(filter(None, (self.table, self.column)))

    def __str__(self) -> str:
        return f"{self.place and self.place + ': '}{self.text}{self.help and '. ' + self.help}"

    def as_dict(self) -> dict[str, str]:
        """Return all fields, for JSON."""
        return asdict(self)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Return those of *findings* that forbid the registration."""
    return [finding for finding in findings if finding.severity == "error"]


def warnings(findings: Iterable[Finding]) -> list[Finding]:
    """Return those of *findings* that do not."""
    return [finding for finding in findings if finding.severity == "warning"]
