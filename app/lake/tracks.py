"""Readings of one source to tracks: one vehicle until it was not seen for a gap; bounded, by event time alone; pure.

What a track knows is sums and greatest values over its readings: in whatever order they came, it is the same, until
it was read as more different texts than are remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from app.lake.consensus import Ballot, consensus
from app.lake.lookalikes import EDIT_UNITS, distance_units, shown
from schemas.records import PlateReading, PlateTrack, TextSeen

MOST_TEXTS = 24
"""Different texts that a track remembers."""
MOST_OPEN = 64
"""Tracks of a source that are open at once; of more those end that were not seen for longest."""
LIKE_RATIO = 1 / 3
"""How much of a plate may be read otherwise, in edits to characters, to be of the same vehicle: measured on flicker."""
UNSURE_PERCENT = 50.0
"""Weight of a reading of which the SDK did not say how sure it is."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of the tracks of a source."""

    open: tuple[PlateTrack, ...]
    closed: tuple[PlateTrack, ...]
    newest_us: int


def plate_id(reading: PlateReading) -> str:
    """Return the id of a reading's row in table plate."""
    return f"{reading.result_id}-p{reading.place}"


def track_of(reading: PlateReading) -> PlateTrack:
    """Return the track that a reading begins."""
    at_us, track_id = reading.seen_at_us, f"{reading.result_id}-t{reading.place}"
    return PlateTrack(track_id, at_us, at_us, 1, reading.result_id, (_seen(reading),), ())


def joined(track: PlateTrack, reading: PlateReading) -> PlateTrack:
    """Return a track with one reading more."""
    texts = {one.text: one for one in track.texts}
    new = _seen(reading)
    texts[new.text] = _summed(texts[new.text], new) if new.text in texts else new
    if len(texts) > MOST_TEXTS:
        del texts[min(texts, key=lambda text: (sum(texts[text].weights), text))]
    return PlateTrack(
        track.track_id, min(track.first_seen_at_us, reading.seen_at_us), max(track.last_seen_at_us, reading.seen_at_us),
        track.readings + 1, reading.result_id, tuple(texts[text] for text in sorted(texts)), track.told,
    )  # fmt: skip


def agreed(track: PlateTrack) -> tuple[str, float]:
    """Return the text that a track's readings agree on, and how much of them, in percent."""
    return consensus(tuple(Ballot(one.text, one.weights) for one in track.texts))


def best_look(track: PlateTrack) -> PlateReading:
    """Return the surest reading among those that say what all agree on; among all where none says it."""
    text, _ = agreed(track)
    right = [one.best for one in track.texts if one.text == text]
    return min(right or [one.best for one in track.texts], key=_rank)


def follow(
    tracks: Sequence[PlateTrack], newest_us: int, readings: Iterable[PlateReading], gap_us: int, latest_us: int
) -> Followed:
    """Return the tracks of a source after more readings, which are taken in the order of their times.

    What was seen after `latest_us` was not: a source whose clock is ahead would end each later track at once.
    """
    going, closed = list(tracks), list[PlateTrack]()
    for reading in sorted(readings, key=lambda one: (one.seen_at_us, plate_id(one))):
        at_us = reading.seen_at_us
        newest_us = max(newest_us, at_us)
        if any(one.last_seen_at_us + gap_us < at_us for one in going):
            closed += [one for one in going if one.last_seen_at_us + gap_us < at_us]
            going = [one for one in going if one.last_seen_at_us + gap_us >= at_us]
        place = _place(going, reading, gap_us)
        if place is not None:
            going[place] = joined(going[place], reading)
        else:
            going.append(track_of(reading))
            if len(going) > MOST_OPEN:  # of a source whose clock stands still there would be ever more
                going.sort(key=_last)
                closed.append(going.pop(0))
    going.sort(key=_last, reverse=True)
    newest_us = min(newest_us, latest_us)
    stay = [one for one in going if newest_us - gap_us <= one.last_seen_at_us <= latest_us]
    closed += [one for one in going if one not in stay]
    order = attrgetter("first_seen_at_us", "track_id")
    return Followed(tuple(sorted(stay, key=order)), tuple(sorted(closed, key=order)), newest_us)


def _place(tracks: Sequence[PlateTrack], reading: PlateReading, gap_us: int) -> int | None:
    """Return which track a reading belongs to: the one most like it that is near enough in time and text."""
    found: list[tuple[int, int, str, int]] = []
    for place, track in enumerate(tracks):
        if reading.result_id == track.last_result_id or reading.seen_at_us + gap_us < track.first_seen_at_us:
            continue
        units = _unlike(track, reading.text)
        if units is not None:
            found.append((units, track.first_seen_at_us, track.track_id, place))
    return min(found)[-1] if found else None


def _unlike(track: PlateTrack, text: str) -> int | None:
    """Return how unlike a track a text is; None when it is too much so."""
    if any(one.text == text for one in track.texts):
        return 0
    ours, theirs = shown(agreed(track)[0]), shown(text)
    units = distance_units(ours, theirs)
    return units if units <= LIKE_RATIO * EDIT_UNITS * max(len(ours), len(theirs)) else None


def _seen(reading: PlateReading) -> TextSeen:
    sures = reading.character_percents
    if len(sures) != len(reading.text):
        sure = UNSURE_PERCENT if reading.sure_percent is None else reading.sure_percent
        sures = (sure,) * len(reading.text)
    return TextSeen(reading.text, 1, tuple([max(1, round(100 * one)) for one in sures]), reading)


def _summed(a: TextSeen, b: TextSeen) -> TextSeen:
    weights = tuple(one + other for one, other in zip(a.weights, b.weights, strict=True))
    return TextSeen(a.text, a.readings + b.readings, weights, min(a.best, b.best, key=_rank))


_last = attrgetter("last_seen_at_us", "track_id")


def _rank(reading: PlateReading) -> tuple[float, int, str]:
    sure = -1.0 if reading.sure_percent is None else reading.sure_percent
    return -sure, reading.seen_at_us, plate_id(reading)
