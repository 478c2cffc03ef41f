"""Tracks: which readings are one vehicle, what is remembered of them, and that neither order nor repeats matter."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lake.sightings import sighting_rows
from app.lake.tables import SIGHTING
from app.lake.tracking import HEARD, Tracking
from app.lake.tracks import MOST_OPEN, MOST_TEXTS, _unlike, agreed, best_look, follow, joined, track_of
from schemas.records import PlateReading, PlateTrack, TrackerRow
from tests.unit.lake.results import AT_US

GAP_S = 30
GAP_US, FOR_EVER_US = GAP_S * 1_000_000, 1 << 62


def read(text: str, at_s: float = 0.0, sure: float | None = 90.0, result: int | None = None) -> PlateReading:
    number = round(at_s * 1000) if result is None else result
    at_us = AT_US + round(at_s * 1e6)
    return PlateReading(f"{number:032x}", 0, False, at_us, f"{at_s}.jpg", text, sure, ())


def told(*readings: PlateReading) -> list[tuple[str, int]]:
    """Return text and readings of each track, in the order in which they began."""
    after = follow((), 0, readings, GAP_US, FOR_EVER_US)
    tracks = sorted((*after.closed, *after.open), key=lambda one: one.first_seen_at_us)
    return [(agreed(one)[0], one.readings) for one in tracks]


@pytest.mark.parametrize(
    ("readings", "tracks"),
    [
        ([], []),
        ([read("AB12CD"), read("AB12CD", 1)], [("AB12CD", 2)]),
        ([read("AB12CD"), read("A812CO", 1, 50), read("AB12CD", 2)], [("AB12CD", 3)]),
        ([read("AB12CD"), read("XY98ZW", 1), read("AB12CD", 2)], [("AB12CD", 2), ("XY98ZW", 1)]),
        ([read("AB12CD"), read("AB12CD", GAP_S)], [("AB12CD", 2)]),
        ([read("AB12CD"), read("AB12CD", GAP_S + 0.001)], [("AB12CD", 1), ("AB12CD", 1)]),
        ([read("AB12CD", 2), read("AB12CD", 0), read("AB12CD", 1)], [("AB12CD", 3)]),
        ([read("AB12CD"), replace(read("AB12CD"), place=1)], [("AB12CD", 1), ("AB12CD", 1)]),
        ([read("AB12CD"), read("AB", 1)], [("AB12CD", 1), ("AB", 1)]),
        ([read("AB12C*"), read("AB12CD", 1), read("AB12CD", 2)], [("AB12CD", 3)]),
    ],
    ids=["none", "same", "flicker", "another", "gap", "beyond the gap", "out of order", "one picture", "part", "trial"],
)
def test_readings_are_of_one_vehicle_when_time_and_text_are_near(
    readings: list[PlateReading], tracks: list[tuple[str, int]]
) -> None:
    assert told(*readings) == tracks


def test_the_best_look_is_the_surest_reading_of_what_all_agree_on() -> None:
    more = [read("AB12CO", 1, 99), read("AB12CD", 2, 95), read("AB12CD", 3, 90)]
    track = reduce(joined, more, track_of(read("AB12CD")))
    assert agreed(track)[0] == "AB12CD"
    assert best_look(track).image_uri == "2.jpg"
    [row] = sighting_rows([("gate-3", track)])
    said = dict(zip(SIGHTING.column_names, row, strict=True))
    assert (said["plateText"], said["bestText"], said["confidence"], said["readings"], said["differentTexts"]) == (
        "AB12CD", "AB12CD", 95, 4, 2,
    )  # fmt: skip
    assert (said["firstSeenAt"], said["seenAt"], said["lastSeenAt"]) == (AT_US, AT_US + 2_000_000, AT_US + 3_000_000)


def known(track: PlateTrack) -> Any:
    """Return what a track knows, whatever reading began it."""
    return track.first_seen_at_us, track.last_seen_at_us, track.readings, track.texts, agreed(track), best_look(track)


some = st.lists(
    st.builds(
        read, st.sampled_from(["AB12CD", "A812CD", "AB12C0", "AB1CD", "AB12C*"]), st.integers(0, 20),
        st.none() | st.floats(0, 100), st.integers(0, 10**9),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@given(some, st.randoms(use_true_random=False))
def test_what_a_track_knows_does_not_depend_on_the_order_of_its_readings(said: list[PlateReading], chance: Any) -> None:
    shuffled = list(said)
    chance.shuffle(shuffled)
    whole = [reduce(joined, order[1:], track_of(order[0])) for order in (said, shuffled)]
    assert known(whole[0]) == known(whole[1])


@given(some, st.integers(0, 12))
def test_every_reading_is_in_one_track_wherever_windows_are_cut(said: list[PlateReading], cut: int) -> None:
    said = sorted(said, key=lambda one: (one.seen_at_us, one.result_id))
    first = follow((), 0, said[:cut], GAP_US, FOR_EVER_US)
    second = follow(first.open, first.newest_us, said[cut:], GAP_US, FOR_EVER_US)
    whole = follow((), 0, said, GAP_US, FOR_EVER_US)
    assert sum(one.readings for one in (*first.closed, *second.closed, *second.open)) == len(said)
    assert (*first.closed, *second.closed) == whole.closed
    assert second.open == whole.open


def test_what_is_remembered_is_bounded_and_nothing_is_lost() -> None:
    many = [read(f"{number:06d}", number / 1000) for number in range(0, 999_999, 3571)]
    after = follow((), 0, many, GAP_US, FOR_EVER_US)
    assert len(after.open) <= MOST_OPEN
    assert sum(one.readings for one in (*after.open, *after.closed)) == len(many)
    texts = [read("AB12CD" + "0ODQ"[number % 4] * (number // 4), 1 + number / 100, 1.0) for number in range(40)]
    track = reduce(joined, texts, track_of(read("AB12CD")))
    assert (len(track.texts), track.readings) == (MOST_TEXTS, 41)
    assert agreed(track)[0] == "AB12CD"


def test_a_source_whose_clock_stands_still_costs_no_more_than_its_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    def counted(track: PlateTrack, text: str) -> int | None:
        nonlocal compared
        compared += 1
        return _unlike(track, text)

    monkeypatch.setattr("app.lake.tracks._unlike", counted)
    said = [read(f"{number % 17:X}{number * 7919:07d}", result=number) for number in range(800)]
    after = follow((), 0, said, GAP_US, FOR_EVER_US)
    assert sum(one.readings for one in (*after.open, *after.closed)) == len(said)
    assert compared <= len(said) * MOST_OPEN


def test_a_source_whose_clock_was_ahead_does_not_end_each_later_track_at_once() -> None:
    ahead = follow((), 0, [read("AB12CD", 10**9)], GAP_US, AT_US)
    assert ([one.readings for one in ahead.closed], ahead.open, ahead.newest_us) == ([1], (), AT_US)


class Rows(dict[str, TrackerRow]):
    """A state table in memory."""

    def put(self, key: str, row: TrackerRow) -> None:
        self[key] = row

    def delete(self, key: str) -> None:
        self.pop(key, None)


def window(rows: Rows, marker_s: float | None, **readings: PlateReading) -> tuple[list[tuple[str, str]], list[str]]:
    """Take a window with a reading of some sources; return who left where, and who waits."""
    tracking = Tracking(rows, GAP_US)
    given_us = None if marker_s is None else AT_US + round(marker_s * 1e6)
    tracking.take({source_id: [one] for source_id, one in readings.items()}, given_us)
    return [(tracking.sources[one.track_id], agreed(one)[0]) for one in tracking.ended], tracking.waiting


def test_a_vehicle_before_a_silent_source_left_when_two_markers_lie_a_gap_apart() -> None:
    rows = Rows()
    assert window(rows, None, a=read("AB12CD"), b=read("XY98ZW")) == ([], ["a", "b"])
    assert window(rows, 20, b=read("XY98ZW", 1)) == ([], ["a", "b"])
    assert window(rows, 20 + GAP_S - 1) == ([], ["a", "b"])
    assert window(rows, None) == ([], ["a", "b"])
    assert window(rows, 20 + GAP_S, b=read("XY98ZW", 2)) == ([("a", "AB12CD")], ["b"])
    assert window(rows, 20 + 2 * GAP_S) == ([("b", "XY98ZW")], [])
    assert rows == {}


def test_a_vehicle_left_when_its_source_shows_another_after_the_gap() -> None:
    rows = Rows()
    window(rows, None, a=read("AB12CD"))
    assert window(rows, None, a=read("XY98ZW", GAP_S + 1)) == ([("a", "AB12CD")], ["a"])
    assert set(rows) == {HEARD, "source/a"}
