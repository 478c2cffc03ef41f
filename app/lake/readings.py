"""Results to what the tracker needs of them: the plates that were read, by source, so many to a record; pure.

They are written as Avro at once: to make a record of each plate first took longer than everything else here.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct, pack

from app.lake.lookalikes import HIDDEN
from app.lake.reading import Result
from app.wire.encoded import Encoded
from app.wire.varint import SMALL, write_long
from schemas.records import PlatesRead

RECORD_READINGS = 1000
"""Readings of one record: some 150 kB of them."""
LONGEST_TEXT = 64
"""Characters beyond which a text is no plate; it has its row in table plate all the same."""

_small, _sure = SMALL.get, Struct("<Bd").pack
_NULL, _THERE, _END, _TRUTH = b"\0", 2, b"\0", (b"\0", b"\1")


class Readings:
    """Collect the readings of results; `records` gives them by source."""

    def __init__(self) -> None:
        self._by_source: dict[str, list[bytes]] = {}

    def add(self, result: Result) -> None:
        """Add the plates of a result of which at least one character was read, each as a PlateReading."""
        for place, entry in enumerate(result.said.plates or ()):
            text, sures = entry.text, entry.confidences
            if not text or text == HIDDEN or len(text) > LONGEST_TEXT:
                continue
            characters = len(sures) - 2
            encoded = b"".join((
                _text(result.result_id), _small(place) or write_long(place), _TRUTH[entry.car is not None],
                write_long(result.at_us), _text(result.image_uri), _text(text),
                _sure(_THERE, sures[0]) if sures else _NULL,
                _length(characters) + pack(f"<{characters}d", *sures[2:]) + _END if characters > 0 else _END,
            ))  # fmt: skip
            try:
                self._by_source[result.source_id].append(encoded)
            except KeyError:
                self._by_source[result.source_id] = [encoded]

    def records(self) -> Iterator[tuple[str, Encoded]]:
        """Yield the PlatesRead of all sources, each with its source, in the order of the results."""
        for source_id, found in self._by_source.items():
            for begin in range(0, len(found), RECORD_READINGS):
                some = found[begin : begin + RECORD_READINGS]
                yield source_id, Encoded(PlatesRead, b"".join((_text(source_id), _length(len(some)), *some, _END)))


def _length(count: int) -> bytes:
    return _small(count) or write_long(count)


def _text(text: str) -> bytes:
    raw = text.encode()
    return (_small(len(raw)) or write_long(len(raw))) + raw
