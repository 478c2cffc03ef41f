"""One result sent twice is taken once as long as it is remembered, and the memory is bounded."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.lake.memory import SHELF_RESULTS, Memory
from schemas.records import ResultRow


class Rows(dict[str, ResultRow]):
    def put(self, key: str, row: ResultRow) -> None:
        self[key] = row

    def put_all(self, keys: Iterable[str], row: ResultRow) -> None:
        self.update(dict.fromkeys(keys, row))

    def delete(self, key: str) -> None:
        self.pop(key, None)


def take(rows: Rows, source: str, ids: list[str], shelves: int = 2) -> list[str]:
    memory = Memory(rows, shelves)
    taken = [one for one in ids if memory.takes(source, one)]
    memory.close()
    return taken


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 30)), max_size=60),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_however_batches_are_cut_each_result_is_taken_once(sent: list[tuple[str, int]], cuts: list[int]) -> None:
    rows, taken = Rows(), []
    edges = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]
    for begin, end in pairwise(edges):
        memory = Memory(rows, 2)
        taken += [(source, one) for source, one in sent[begin:end] if memory.takes(source, f"{source}{one}")]
        memory.close()
    assert taken == list(dict.fromkeys(sent))


def test_results_are_remembered_by_shelves_and_older_ones_forgotten() -> None:
    rows, ids = Rows(), [f"{number:06d}" for number in range(5 * SHELF_RESULTS + 10)]
    assert take(rows, "gate", ids) == ids
    assert take(rows, "gate", ids[-2 * SHELF_RESULTS :]) == []
    assert sum(key.startswith("result/") for key in rows) <= 3 * SHELF_RESULTS
    assert take(rows, "gate", ids[:3]) == ids[:3]


def test_cuts_of_batches_do_not_change_what_is_forgotten() -> None:
    ids = [f"{number:06d}" for number in range(3 * SHELF_RESULTS + 500)]
    at_once, piecewise = Rows(), Rows()
    take(at_once, "gate", ids)
    for begin in range(0, len(ids), 333):
        take(piecewise, "gate", ids[begin : begin + 333])
    assert at_once == piecewise
