"""Cutting off the schema, and what is left: nothing of a record is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lakestand.lake.table import Partition
from lakestand.pipeline.decoding.prefix import SchemaStripper
from lakestand.pipeline.decoding.records import KafkaRecord, group_by_partition, merge_by_partition
from tests.unit.pipeline.connect import ORDERS, TOPIC, field, record, row

OTHER = (*ORDERS, field("more", "int32"))
GOOD = [record(0, "c", after=row(1)), record(0, "c", after={**row(2), "more": 1}, columns=OTHER)]
VALUES = st.lists(
    st.sampled_from([GOOD[0].value, GOOD[1].value, None, b"", b"not json", b'{"schema":{}}']), max_size=12
)


def test_values_of_one_version_become_one_run_without_its_schema() -> None:
    (run,) = group_by_partition([record(i, "c", after=row(i)) for i in range(3)])

    (cut,) = SchemaStripper().strip(run)

    assert cut.offsets == (0, 1, 2)
    assert [(value or b"").startswith(b'"payload":') for value in cut.values] == [True, True, True]


def test_another_version_begins_another_run() -> None:
    (run,) = group_by_partition([GOOD[0], GOOD[0], GOOD[1], GOOD[0]])

    assert [len(cut) for cut in SchemaStripper().strip(run)] == [2, 1, 1]


@given(VALUES)
def test_every_record_but_a_tombstone_is_there_as_it_came(values: list[bytes | None]) -> None:
    records = [KafkaRecord(TOPIC, 0, i, b"key", value, 7) for i, value in enumerate(values)]
    stripper = SchemaStripper()

    found = [
        part.record(i) for run in group_by_partition(records) for part in stripper.strip(run) for i in range(len(part))
    ]

    assert found == [r for r in records if r.value is not None]


def test_joined_parts_keep_the_order_within_each_partition() -> None:
    parts = [
        next(group_by_partition([KafkaRecord(TOPIC, p, o, None, b"x")])) for p, o in ((1, 0), (0, 0), (1, 1), (0, 1))
    ]

    found = list(merge_by_partition(parts))

    assert [(run.partition, run.offsets) for run in found] == [
        (Partition(TOPIC, 0), [0, 1]),
        (Partition(TOPIC, 1), [0, 1]),
    ]
