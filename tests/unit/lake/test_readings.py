"""Readings are written as the codec writes them: every plate of which something was read, by source and in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lake import readings as room
from app.lake.lookalikes import HIDDEN
from app.lake.reading import Result
from app.lake.readings import LONGEST_TEXT, Readings
from app.wire import codec_of
from app.wire.encoded import Encoded
from schemas.records import PlateReading, PlatesRead
from tests.unit.lake.results import AT_US, FULL, PLATE_ALONE, result, results

CODEC = codec_of(PlatesRead)
sources = st.sampled_from(["gate-3", "ворота"])


def told(of: Sequence[Result]) -> list[tuple[str, Encoded]]:
    readings = Readings()
    for one in of:
        readings.add(one)
    return [*readings.records()]


def plainly(of: Result) -> tuple[PlateReading, ...]:
    return tuple(
        PlateReading(of.result_id, place, entry.car is not None, of.at_us, of.image_uri, entry.text,
                     entry.confidences[0] if entry.confidences else None, entry.confidences[2:])
        for place, entry in enumerate(of.said.plates or ())
        if entry.text and entry.text != HIDDEN and len(entry.text) <= LONGEST_TEXT
    )  # fmt: skip


@given(st.lists(st.tuples(st.one_of(results, st.sampled_from([FULL, PLATE_ALONE])), sources), max_size=4))
def test_readings_are_written_as_the_codec_writes_them(said: list[tuple[Any, str]]) -> None:
    of = [result(one, source) for one, source in said]
    found = {source: tuple(reading for one in of if one.source_id == source for reading in plainly(one))
             for source in dict.fromkeys(one.source_id for one in of if plainly(one))}  # fmt: skip
    assert told(of) == [
        (source, Encoded(PlatesRead, CODEC.encode(PlatesRead(source, some)))) for source, some in found.items()
    ]


@pytest.mark.parametrize(
    ("text", "is_told"),
    [("A", True), ("粤" * LONGEST_TEXT, True), ("A" * (LONGEST_TEXT + 1), False), (HIDDEN, False), ("", False)],
)
def test_a_text_of_which_nothing_was_read_or_that_is_too_long_is_not_told(text: str, is_told: bool) -> None:
    assert bool(told([result({"frame_id": 1, "plates": [{"text": text}]})])) == is_told


def test_records_are_cut_in_the_order_of_the_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "RECORD_READINGS", 2)
    of = [result(PLATE_ALONE, at_us=AT_US + number) for number in range(5)]
    read = [CODEC.decode(record.body).readings for _, record in told(of)]
    assert [[one.seen_at_us - AT_US for one in some] for some in read] == [[0, 1], [2, 3], [4]]
