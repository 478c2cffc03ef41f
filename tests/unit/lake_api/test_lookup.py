"""What is named is found in order and out of it, and things that threads share are each done once, in their order."""

from __future__ import annotations

import threading

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lake_api.lookup import FEWEST_SHARED, Named, Sharing

PATIENCE_S = 60.0
TEXTS = st.text(st.sampled_from("aZ0é\u4eac\U0001f697"), max_size=3)
"""Of characters of one to four bytes: Arrow orders texts by their bytes."""


@given(st.lists(st.lists(TEXTS, min_size=1), max_size=4), st.sets(TEXTS, min_size=1, max_size=4))
def test_rows_in_order_are_found_as_rows_in_any_order_are(groups: list[list[str]], sought: set[str]) -> None:
    texts = pa.array([text for group in groups for text in group], pa.string())
    ordered = texts.take(pc.sort_indices(texts))
    batches = list[pa.RecordBatch]()
    for group in groups:
        begin = sum(map(len, batches))
        part = ordered.slice(begin, len(group))
        batches.append(pa.record_batch({"text": part, "row": pa.array(range(begin, begin + len(part)))}))
    named = Named("text", sorted(sought), None)
    expected = [row for row, text in enumerate(ordered.to_pylist()) if text in sought]
    for found in (named.in_order(batches), named.anywhere(batches)):
        assert [row for batch in found for row in batch.column("row").to_pylist()] == expected


@pytest.mark.parametrize("count", [0, 1, FEWEST_SHARED, 300])
def test_each_is_done_once_and_told_in_order(count: int) -> None:
    done = list[int]()

    def work(number: int) -> int:
        done.append(number)
        return number * number

    assert Sharing().each(work, range(count)) == [number * number for number in range(count)]
    assert sorted(done) == [*range(count)]


def test_another_thread_takes_a_part() -> None:
    both_there = threading.Barrier(2)
    threads = set[int]()

    def work(number: int) -> None:
        if number < 2:
            both_there.wait(PATIENCE_S)
        threads.add(threading.get_ident())

    Sharing().each(work, range(FEWEST_SHARED))
    assert len(threads) == 2


def test_nobody_waits_for_threads_that_others_keep_busy() -> None:
    sharing, let_go, is_busy = Sharing(), threading.Event(), threading.Event()

    def hold() -> None:
        is_busy.set()
        assert let_go.wait(PATIENCE_S)

    held = sharing._threads.submit(hold)
    assert is_busy.wait(PATIENCE_S)
    assert sharing.each(str, range(FEWEST_SHARED)) == ["0", "1", "2", "3"]
    assert not held.done()
    let_go.set()
    held.result(PATIENCE_S)


@pytest.mark.parametrize("broken", [0, 1])
def test_what_fails_in_any_thread_is_raised_when_none_is_at_work_any_more(broken: int) -> None:
    both_there, fails, at_work = threading.Barrier(2), threading.Event(), set[int]()

    def work(number: int) -> None:
        at_work.add(number)
        if number < 2:
            both_there.wait(PATIENCE_S)
        if number == broken:
            at_work.remove(number)
            fails.set()
            raise OSError("disk")
        assert fails.wait(PATIENCE_S)
        at_work.remove(number)

    with pytest.raises(OSError, match="disk"):
        Sharing().each(work, range(2 * FEWEST_SHARED))
    assert not at_work
