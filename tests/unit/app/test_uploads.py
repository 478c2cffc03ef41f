"""Laws of the porter's memory: an upload sent twice is one, and the memory is bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.uploads import is_known, remember
from schemas.records import UploadRow


class Rows(dict[str, UploadRow]):
    """A state table in memory."""

    def put(self, key: str, row: UploadRow) -> None:
        self[key] = row

    def delete(self, key: str) -> None:
        del self[key]


def admit(rows: Rows, camera: str, segment: str, horizon: int) -> bool:
    if is_known(rows, camera, segment):
        return False
    remember(rows, camera, segment, f"temporary/{segment}", horizon)
    return True


def test_a_segment_sent_again_within_the_horizon_is_known() -> None:
    rows = Rows()
    assert [admit(rows, "cam", segment, 3) for segment in "abcabc"] == [True, True, True, False, False, False]


def test_the_oldest_segment_is_forgotten_beyond_the_horizon() -> None:
    rows = Rows()
    assert [admit(rows, "cam", segment, 2) for segment in "abca"] == [True] * 4
    assert not is_known(rows, "cam", "b") and is_known(rows, "cam", "c")


def test_cameras_remember_apart_whatever_they_are_called() -> None:
    rows = Rows()
    names = ["a", "a/b", "a#1", "count/a", "ring/1/a", "segment/a"]
    assert all(admit(rows, camera, segment, 5) for camera in names for segment in "xyz")
    assert not any(admit(rows, camera, segment, 5) for camera in names for segment in "xyz")


@given(st.lists(st.integers(0, 12), max_size=200), st.integers(1, 8))
def test_the_ring_knows_exactly_the_last_distinct_arrivals_and_no_more_rows(sent: list[int], horizon: int) -> None:
    rows, model = Rows(), list[int]()
    for number in sent:
        fresh = admit(rows, "cam", str(number), horizon)
        assert fresh == (number not in model)
        if fresh:
            model = [*model, number][-horizon:]
    assert len(rows) <= 2 * horizon + 1
    assert {n for n in range(13) if is_known(rows, "cam", str(n))} == set(model)
