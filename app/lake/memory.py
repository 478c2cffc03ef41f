"""Which results of a source were loaded already: a bounded memory in shelves, so that one sent twice is loaded once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from schemas.records import ResultRow

SHELF_RESULTS = 1000
"""Results that are forgotten together: one row more is written for so many, instead of one for each."""
_REMEMBERED = ResultRow(0, ())
"""That it is there says all."""


class ResultRows(Protocol):
    """What a memory needs of a state table."""

    def get(self, key: str, /) -> ResultRow | None:
        """Return a row."""

    def put(self, key: str, row: ResultRow, /) -> None:
        """Set a row."""

    def put_all(self, keys: Iterable[str], row: ResultRow, /) -> None:
        """Set several rows to the same."""

    def delete(self, key: str, /) -> None:
        """Remove a row."""


class Memory:
    """Remember the results of one batch of one source after the other; `close` writes what the batch added."""

    def __init__(self, rows: ResultRows, shelves: int) -> None:
        """Take the state table and how many full shelves of each source are remembered."""
        self._rows, self._shelves = rows, shelves
        self._counts: dict[str, int] = {}
        self._open: dict[str, list[str]] = {}
        self._taken: dict[str, None] = {}
        """Keys of the batch's new results that were not forgotten again."""

    def takes(self, source_id: str, result_id: str) -> bool:
        """Tell whether a result is new, and remember it."""
        key = f"result/{result_id}"
        if key in self._taken or self._rows.get(key) is not None:
            return False
        if source_id not in self._counts:
            counted = self._rows.get(f"count/{source_id}")
            self._counts[source_id] = 0 if counted is None else counted.count
            shelf = self._rows.get(self._shelf(source_id, self._counts[source_id] // SHELF_RESULTS))
            self._open[source_id] = [] if shelf is None else list(shelf.result_ids)
        count = self._counts[source_id]
        self._taken[key] = None
        self._open[source_id].append(result_id)
        self._counts[source_id] = count + 1
        if (count + 1) % SHELF_RESULTS == 0:
            self._fill(source_id, count // SHELF_RESULTS)
        return True

    def close(self) -> None:
        """Write the new results, the counts and the shelves that are not full."""
        self._rows.put_all(self._taken, _REMEMBERED)
        for source_id, count in self._counts.items():
            self._rows.put(f"count/{source_id}", ResultRow(count, ()))
            number = count // SHELF_RESULTS
            self._rows.put(self._shelf(source_id, number), ResultRow(number, tuple(self._open[source_id])))

    def _fill(self, source_id: str, number: int) -> None:
        self._rows.put(self._shelf(source_id, number), ResultRow(number, tuple(self._open[source_id])))
        self._open[source_id] = []
        old = self._shelf(source_id, number - self._shelves)
        if (forgotten := self._rows.get(old)) is not None:
            for result_id in forgotten.result_ids:
                key = f"result/{result_id}"
                self._taken.pop(key, None)
                self._rows.delete(key)
            self._rows.delete(old)

    @staticmethod
    def _shelf(source_id: str, number: int) -> str:
        return f"shelf/{number}/{source_id}"
