"""Results to what the tracker needs of them: the plates that were read, by source, so many to a record; pure."""

from __future__ import annotations

from collections.abc import Iterator

from app.lake.lookalikes import HIDDEN
from app.lake.reading import Result
from schemas.records import PlateReading, PlatesRead

RECORD_READINGS = 1000
"""Readings of one record: some 150 kB of them."""
LONGEST_TEXT = 64
"""Characters beyond which a text is no plate; it has its row in table plate all the same."""


class Readings:
    """Collect the readings of results; `records` gives them by source."""

    def __init__(self) -> None:
        self._by_source: dict[str, list[PlateReading]] = {}

    def add(self, result: Result) -> None:
        """Add the plates of a result of which at least one character was read."""
        for place, entry in enumerate(result.said.plates or ()):
            text, sures = entry.text, entry.confidences
            if text and text != HIDDEN and len(text) <= LONGEST_TEXT:
                reading = PlateReading(
                    result.result_id, place, entry.car is not None, result.at_us, result.image_uri, text,
                    sures[0] if sures else None, sures[2:],
                )  # fmt: skip
                self._by_source.setdefault(result.source_id, []).append(reading)

    def records(self) -> Iterator[PlatesRead]:
        """Yield the records of all sources, in the order of the results."""
        for source_id, found in self._by_source.items():
            for begin in range(0, len(found), RECORD_READINGS):
                yield PlatesRead(source_id, tuple(found[begin : begin + RECORD_READINGS]))
