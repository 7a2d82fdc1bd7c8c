"""Changes that cannot have happened cannot be built."""

from __future__ import annotations

from typing import Any

import pytest

from lakestand.pipeline.event import ChangeEvent, Op, Position

AT = Position("shop.public.orders", 0, 7)
ROW = {"id": 1}


@pytest.mark.parametrize("op", [Op.CREATE, Op.READ, Op.UPDATE])
def test_a_write_needs_the_row_after_it(op: Op) -> None:
    assert ChangeEvent(op=op, position=AT, key=(1,), after=ROW).after == ROW
    with pytest.raises(ValueError, match=rf"orders\[0\]@7: op {op} needs row after it"):
        ChangeEvent(op=op, position=AT, key=(1,))


@pytest.mark.parametrize("op", [Op.DELETE, Op.TRUNCATE])
def test_what_removes_rows_has_none_after_it(op: Op) -> None:
    with pytest.raises(ValueError, match=f"op {op} has no row after it"):
        ChangeEvent(op=op, position=AT, key=(1,), after=ROW)


@pytest.mark.parametrize("image", [{"key": (1,)}, {"before": ROW}])
def test_a_delete_has_its_key_or_its_row(image: dict[str, Any]) -> None:
    assert ChangeEvent(op=Op.DELETE, position=AT, **image).op is Op.DELETE
    with pytest.raises(ValueError, match="neither key nor row"):
        ChangeEvent(op=Op.DELETE, position=AT)
