"""What a plate says after all its readings: each character by a vote of the readings, weighted by their confidences.

Pure, and the same in whatever order the readings came: weights are whole numbers, of equals the smaller text wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.lake.lookalikes import HIDDEN, aligned, distance_units, shown

END = "\n"
MOST_COMPARED = 8
"""Heaviest texts of which the middle one is looked for."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """One text with the weight of each of its characters, summed over the readings that said it."""

    text: str
    weights: tuple[int, ...]

    @property
    def weight(self) -> int:
        """Return the weight of one character of it, in the mean."""
        return max(1, sum(self.weights) // max(1, len(self.weights)))


@lru_cache(maxsize=4096)
def consensus(ballots: tuple[Ballot, ...]) -> tuple[str, float]:
    """Return the text that the readings agree on, and which percent of the weight is for its least sure character."""
    if len(ballots) == 1:
        return ballots[0].text, 100.0
    middle = _middle(ballots)
    total = sum(one.weight for one in ballots)
    hidden = sum(one.weight for one in ballots if one.text.endswith(HIDDEN))
    base = shown(middle.text)
    columns: list[dict[str, int]] = [{} for _ in base]
    between: list[dict[str, int]] = [{} for _ in range(len(base) + 1)]
    for one in ballots:
        _vote(base, one, columns, between)
    said, least = "", 100.0
    for place in range(len(base) + 1):
        if between[place]:
            extra, weight = _winner(between[place], "")
            if 2 * weight <= total:
                extra, weight = "", max(1, total - sum(between[place].values()))
            said, least = said + extra, min(least, 100 * weight / total)
        if place < len(base):
            character, weight = _winner(columns[place], base[place])
            said, least = said + character, min(least, 100 * weight / sum(columns[place].values()))
    return said + (HIDDEN if 2 * hidden > total else ""), least


def _middle(ballots: Sequence[Ballot]) -> Ballot:
    """Return the text that is nearest to all others, each by its weight: the one that they are held against."""
    heaviest = sorted(ballots, key=lambda one: (-one.weight, one.text))[:MOST_COMPARED]
    if len(heaviest) == 2:
        return heaviest[0]  # it is as far from the other as that one from it, and weighs no less

    def away(one: Ballot) -> int:
        return sum(other.weight * distance_units(one.text, other.text) for other in heaviest)

    return min(heaviest, key=lambda one: (away(one), -one.weight, one.text))


def _vote(base: str, ballot: Ballot, columns: list[dict[str, int]], between: list[dict[str, int]]) -> None:
    place = read = 0
    extra, extra_weight = "", 0
    for ours, theirs in (*aligned(base, shown(ballot.text)), (END, "")):
        if not ours:
            extra += theirs
            extra_weight += ballot.weights[read]
            read += 1
            continue
        if extra:
            between[place][extra] = between[place].get(extra, 0) + extra_weight // len(extra)
            extra, extra_weight = "", 0
        if ours != END:
            weight = ballot.weights[read] if theirs else ballot.weight
            columns[place][theirs] = columns[place].get(theirs, 0) + weight
            place, read = place + 1, read + bool(theirs)


def _winner(votes: dict[str, int], before: str) -> tuple[str, int]:
    """Return what has the most weight; of equals what the middle text says, then the smaller."""
    best = min(votes, key=lambda one: (-votes[one], one != before, one))
    return best, votes[best]
