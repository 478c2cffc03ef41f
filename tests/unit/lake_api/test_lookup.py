"""Things that threads share are each done once, in their order, whoever does them and whatever fails."""

from __future__ import annotations

import threading

import pytest

from app.lake_api.lookup import FEWEST_SHARED, Sharing

PATIENCE_S = 60.0


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
