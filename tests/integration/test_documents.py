"""What the documents tell a reader to run works, and prints what they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lakestand.stand.stack import Stack
from tests.fixtures.documents import ROOT, run, steps

# Document → the services that its commands need.
DOCUMENTS = {
    "docs/quickstart.md": (
        *("postgres", "mysql", "kafka", "connect", "schema-registry", "minio", "iceberg-rest"),
        *("alertmanager", "inbox"),
    ),
    "docs/infrastructure/alertmanager-config.md": ("alertmanager", "inbox"),
    "docs/infrastructure/iceberg-setup.md": ("minio", "iceberg-rest"),
    "docs/infrastructure/delta-lake-setup.md": ("minio",),
    "docs/infrastructure/schema-registry-setup.md": (
        *("postgres", "connect", "schema-registry", "minio", "iceberg-rest"),
    ),
    "docs/infrastructure/spark.md": (
        *("postgres", "mysql", "connect", "schema-registry", "minio", "iceberg-rest"),
        *("spark", "spark-worker", "spark-worker-2"),
    ),
    "docs/infrastructure/debezium-connectors.md": ("postgres", "mysql", "connect"),
    "docs/reconcile.md": ("postgres", "connect", "minio", "iceberg-rest"),
}


@pytest.fixture
def as_before(stack: Stack) -> Iterator[None]:
    """Stop at the end of a document what it started."""
    ran = _running(stack)
    yield
    if started := _running(stack) - ran:
        stack.down(*started)


def _running(stack: Stack) -> set[str]:
    return {name for name, service in stack.services.items() if stack.runtime.running(service)}


@pytest.mark.usefixtures("as_before")
@pytest.mark.parametrize(
    "document",
    [pytest.param(ROOT / name, marks=pytest.mark.services(*needed), id=name) for name, needed in DOCUMENTS.items()],
)
def test_every_command_of_a_document_does_what_it_says(document: Path) -> None:
    commands = list(steps(document))

    assert commands
    for step in commands:
        run(step)
