"""A transaction looks at its table's metadata often, and copies it once a change."""

from __future__ import annotations

import pytest
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadataV2

from lakestand.lake.iceberg.transaction import Transaction
from tests.unit.test_cdc_pipelines.conftest import rows


def test_what_is_staged_is_seen_and_nothing_of_it_in_the_table_before_the_commit(table: Table) -> None:
    transaction = Transaction(table)
    before = transaction.table_metadata
    transaction.append(rows((1, "a")))
    transaction.set_properties({"by": "us"})

    assert (len(transaction.table_metadata.snapshots), transaction.table_metadata.properties["by"]) == (1, "us")
    assert (before.snapshots, table.metadata.snapshots, "by" in table.metadata.properties) == ([], [], False)
    transaction.commit_transaction()
    assert table.refresh().scan().to_arrow()["id"].to_pylist() == [1]
    assert table.properties["by"] == "us"


def test_a_commit_copies_the_history_no_oftener_than_it_changes(monkeypatch: pytest.MonkeyPatch, table: Table) -> None:
    copied: list[bool] = []
    copy = TableMetadataV2.model_copy

    def counting(metadata: TableMetadataV2, *, update: object = None, deep: bool = False) -> TableMetadataV2:
        copied.append(deep)
        return copy(metadata, update=update, deep=deep)  # type: ignore[arg-type]

    monkeypatch.setattr(TableMetadataV2, "model_copy", counting)
    transaction = Transaction(table)
    transaction.append(rows((1, "a")))
    transaction.set_properties({"by": "us"})
    copies = copied.count(True)
    transaction.commit_transaction()

    assert copies <= 3  # as it was, with the snapshot, with the property


def test_a_transaction_in_two_parts_sees_a_table_that_was_loaded_again_between_them(table: Table) -> None:
    transaction = Transaction(table)
    assert transaction.table_metadata.snapshots == []
    table.catalog.load_table(table.name()).append(rows((1, "a")))
    table.refresh()

    assert len(transaction.table_metadata.snapshots) == 1
