"""What must not wait for its window's end: a vehicle that is looked for, as it comes into sight.

A hint: it moves the marker that ends a window, never what is told. So it lives in memory, and may forget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

import msgspec

from app.lake.watchlist import Match, WatchList
from schemas.records import ResultRow, WatchedPlate

MOST_SIGHTS = 10_000
TEXTS_KEPT = 16_384


class Lookout:
    """Tell of plates as they are read which come into sight."""

    def __init__(self, silence_s: float) -> None:
        """Take the silence after which a vehicle has left."""
        self._silence_s = silence_s
        self._near: Callable[[str], list[Match]] | None = None
        self._listed = 0
        self._sights: dict[tuple[str, str], tuple[int, float]] = {}

    @property
    def knows(self) -> bool:
        """Tell whether it was told what to look for."""
        return self._near is not None

    @property
    def looks(self) -> bool:
        """Tell whether there is anything on the list."""
        return self._listed > 0

    def look_for(self, watched: Iterable[WatchedPlate]) -> None:
        """Take the list as it is now."""
        plates = tuple(watched)
        self._near, self._listed = lru_cache(TEXTS_KEPT)(WatchList(plates).matches), len(plates)

    def comes(self, read: Iterable[tuple[str, str]], now_s: float) -> bool:
        """Tell whether one of these sources and texts must not wait: the first of a vehicle, second, fourth, and so on.

        A vehicle is told once, mostly with its first; but it may take some until they agree, and it may park there.
        """
        due = False
        near = self._near or (lambda _: [])
        for source_id, match in ((source_id, match) for source_id, text in read for match in near(text)):
            sight = source_id, match.watched.plate
            count, last_s = self._sights.pop(sight, (0, now_s))
            count = count + 1 if now_s - last_s <= self._silence_s else 1
            self._sights[sight] = count, now_s
            due |= count.bit_count() == 1
        while len(self._sights) > MOST_SIGHTS:
            del self._sights[next(iter(self._sights))]
        return due


class _Plate(msgspec.Struct):
    text: str | None = None


class _Said(msgspec.Struct):
    plates: tuple[_Plate, ...] | None = ()


_texts = msgspec.json.Decoder(_Said | None)


def texts_of(result: bytes) -> Iterator[str]:
    """Yield the texts in the SDK's JSON without reading the rest of it; none where it is something else."""
    try:
        said = _texts.decode(result)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    for plate in (said and said.plates) or ():
        if plate.text:
            yield plate.text


def kept(listed: Mapping[str, WatchedPlate]) -> ResultRow:
    """Return the row, under WATCH, in which the scribe keeps what is looked for."""
    return ResultRow(0, tuple(f"{listed[plate].most_units} {plate}" for plate in sorted(listed)))


def looked_for(row: ResultRow | None) -> dict[str, WatchedPlate]:
    """Return what such a row has, by plate."""
    split = (one.partition(" ") for one in (row.result_ids if row else ()))
    return {plate: WatchedPlate(plate, int(units), "") for units, _, plate in split}
