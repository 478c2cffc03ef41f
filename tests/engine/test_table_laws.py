"""A batch's view of its table: rows put at once are as if put one by one, and what does not fit is refused."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.batch import FRAMING_BYTES, Overlay, RowCodec, TableView
from app.errors import OutputTooLarge

LIMIT_BYTES = 20


@dataclass(frozen=True)
class Table:
    changelog: str = "rows"
    row: type = bytes
    max_message_bytes: int = FRAMING_BYTES + LIMIT_BYTES


def view(overlay: Overlay) -> TableView[bytes]:
    return TableView(overlay, RowCodec(Table(), bytes, bytes))


@given(st.lists(st.text(max_size=3)), st.binary(max_size=8))
def test_rows_put_at_once_are_those_put_one_by_one(keys: list[str], row: bytes) -> None:
    at_once, one_by_one = Overlay({b"": b"old"}), Overlay({b"": b"old"})
    view(at_once).put_all(keys, row)
    for key in keys:
        view(one_by_one).put(key, row)
    assert list(at_once.dirty.items()) == list(one_by_one.dirty.items())
    assert [view(at_once).get(key) for key in keys] == [row] * len(keys)


def test_of_rows_put_at_once_none_is_there_when_one_does_not_fit() -> None:
    overlay = Overlay({})
    with pytest.raises(OutputTooLarge, match="long"):
        view(overlay).put_all(["a", "longer", "b"], b"x" * (LIMIT_BYTES - 5))
    assert overlay.dirty == {}
