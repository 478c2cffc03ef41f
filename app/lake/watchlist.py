"""The plates that are looked for, and which of them a text may be: by edits, of which look-alikes cost little; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations

from app.lake.lookalikes import COSTS, EDIT_UNITS, HIDDEN, aligned, distance_units, plain, shown
from schemas.records import WatchChanged, WatchedPlate

MOST_PLATES = 10_000
"""Plates that are looked for at once: the list is written whole into the state when it changes."""
MOST_UNITS = 2 * EDIT_UNITS
"""Beyond two edits every second plate of a fleet is alike."""
LONGEST_PLATE = 32


@dataclass(frozen=True, slots=True)
class Match:
    """A plate that is looked for, how unlike it the text is, and how they differ, for people to read."""

    watched: WatchedPlate
    units: int
    difference: str


def change_list(listed: dict[str, WatchedPlate], change: WatchChanged) -> bool:
    """Change a list, by plate; False when it is full."""
    if change.change == "remove":
        listed.pop(change.plate, None)
    elif change.plate in listed or len(listed) < MOST_PLATES:
        listed[change.plate] = WatchedPlate(change.plate, change.most_units, change.reason)
    else:
        return False
    return True


class WatchList:
    """Find the plates that a text may be without comparing it with each.

    Two texts at most k edits apart become one by taking at most k characters out of each; characters that look alike
    are one character here, so that nothing near is missed, and what is found is then measured.
    """

    def __init__(self, watched: Sequence[WatchedPlate]) -> None:
        """Take the list; it is searched as it is now."""
        self._found: dict[str, list[WatchedPlate]] = {}
        self._edits = max((one.most_units // EDIT_UNITS for one in watched), default=0)
        for one in watched:
            edits = one.most_units // EDIT_UNITS
            for key in {*_shortened(one.plate, edits), *_shortened(one.plate[:-1], edits)}:
                self._found.setdefault(key, []).append(one)

    def matches(self, text: str) -> list[Match]:
        """Return the plates that a text may be, the nearest first."""
        read = plain(text)
        near = {one for key in _shortened(shown(read), self._edits) for one in self._found.get(key, ())}
        measured = [(distance_units(read, one.plate), one) for one in sorted(near, key=lambda one: one.plate)]
        found = [Match(one, units, difference(read, one.plate)) for units, one in measured if units <= one.most_units]
        return sorted(found, key=lambda one: one.units)


@lru_cache(maxsize=4)
def watch_list(watched: tuple[WatchedPlate, ...]) -> WatchList:
    """Return what searches a list, made once for the same list."""
    return WatchList(watched)


def difference(read: str, plate: str) -> str:
    """Return how a text differs from a plate, for people to read; empty when it does not."""
    hidden = read.endswith(HIDDEN)
    told = ["the last is hidden"] if hidden else []
    for theirs, ours in aligned(shown(read), plate[:-1] if hidden else plate):
        if theirs != ours:
            told.append(f"{theirs} for {ours}" if theirs and ours else f"no {ours}" if ours else f"{theirs} too much")
    return ", ".join(told)


def _shortened(text: str, most: int) -> Iterator[str]:
    """Yield a text, look-alikes as one character, with up to so many characters taken out."""
    folded = "".join(_family(one) for one in text)
    for count in range(min(most, len(folded)) + 1):
        for places in combinations(range(len(folded)), count):
            yield "".join(one for place, one in enumerate(folded) if place not in places)


@cache
def _family(character: str) -> str:
    """Return the least of the characters that look like this one, or like one that does, and so on."""
    family, new = set[str](), {character}
    while new:
        family |= new
        new = {b for a, b in COSTS if a in new} - family
    return min(family)
