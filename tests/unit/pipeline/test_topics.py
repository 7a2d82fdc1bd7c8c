"""A table's position that its topic cannot have is an error, never a silent skip."""

from __future__ import annotations

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from lakestand.errors import PositionError
from lakestand.lake.table import Partition
from lakestand.pipeline.event import ChangeEvent, Op, Position
from lakestand.pipeline.topics import TopicDescription, check_position, offset_bounds

TOPIC, PARTITION = TopicDescription("t", "id-1", 1), Partition("t", 0)


@pytest.mark.parametrize(("position", "stored"), [(0, ""), (10, "id-1"), (3, "id-1"), (3, "")])
def test_position_within_the_same_topic_is_fine(position: int, stored: str) -> None:
    check_position(TOPIC, PARTITION, position, stored_id=stored, end=10, table="mirror")


def test_position_above_the_end_is_refused() -> None:
    with pytest.raises(PositionError, match=r"mirror holds t\[0\] up to 11, but the topic ends at 10"):
        check_position(TOPIC, PARTITION, 11, stored_id="id-1", end=10, table="mirror")


def test_topic_with_another_id_is_refused() -> None:
    with pytest.raises(PositionError, match="was deleted and made again"):
        check_position(TOPIC, PARTITION, 3, stored_id="id-0", end=10, table="mirror")


@pytest.mark.parametrize(
    ("op", "after"), [(Op.CREATE, None), (Op.UPDATE, None), (Op.DELETE, {"id": 1}), (Op.TRUNCATE, {})]
)
def test_impossible_event_cannot_be_built(op: Op, after: dict[str, int] | None) -> None:
    with pytest.raises(ValueError, match=rf"t\[0\]@1: op {op} "):
        ChangeEvent(op=op, position=Position("t", 0, 1), key=(1,), after=after)


def test_delete_without_key_and_row_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="has neither key nor row"):
        ChangeEvent(op=Op.DELETE, position=Position("t", 0, 1))


class Moving(Consumer):
    """A consumer whose broker refuses with *codes*, one after the other, before it answers."""

    def __init__(self, *codes: int) -> None:
        super().__init__({"bootstrap.servers": "127.0.0.1:1", "group.id": "g", "log_level": 0})
        self.codes = list(codes)

    def get_watermark_offsets(
        self, partition: TopicPartition, timeout: float = 0, cached: bool = False
    ) -> tuple[int, int]:
        assert (partition.topic, partition.partition, timeout, cached) == ("t", 0, 10, False)
        if self.codes:
            raise KafkaException(KafkaError(self.codes.pop(0)))
        return 3, 7


def test_a_partition_without_a_leader_is_asked_again() -> None:
    moving = Moving(KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)

    assert offset_bounds(moving, PARTITION) == (3, 7)
    assert moving.codes == []


def test_another_error_than_a_missing_leader_is_raised_at_once() -> None:
    moving = Moving(KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.LEADER_NOT_AVAILABLE)

    with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
        offset_bounds(moving, PARTITION)
    assert len(moving.codes) == 1
