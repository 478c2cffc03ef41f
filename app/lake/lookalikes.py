"""How unlike two plates are: edits, of which those between characters that look alike cost little; pure.

Costs are whole units, so that sums are exact, and the distance is a metric: nothing but a plate itself is at 0, it is
the same both ways, and no way over a third plate is shorter. Plates of which the trial hides a character are an
exception to all but the second: what is hidden may be anything.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import combinations

HIDDEN = "*"
"""What the trial version writes in place of the last character."""
EDIT_UNITS = 4
"""Cost of a character that is missing, too much, or another."""
ALIKE_UNITS = 1

#: Groups in which any two look alike, with the reason; taken from how the readings of one plate differ in real flicker.
LOOK_ALIKES: tuple[tuple[str, str], ...] = (
    ("0ODQ", "a closed round: a stroke inside or a flat side is lost in blur"),
    ("0OU", "open at the top where dirt or the frame of the plate hides it"),
    ("UJV", "a bowl with a side that is cut off"),
    ("1IL", "one upright stroke; the foot is thin"),
    ("I7T1", "an upright under a bar that is thin or lost"),
    ("8B", "two rounds, the straight side is lost"),
    ("6G", "an open round with a bar inside"),
    ("5S", "the same stroke, corners rounded by blur"),
    ("2Z", "the same stroke, corners rounded by blur"),
    ("4A", "a triangle with a bar"),
    ("CG", "a round open to the right, with or without a bar"),
    ("EF", "the foot is lost at the lower edge"),
    ("MN", "strokes that run together when narrow"),
    ("VY", "the foot is lost at the lower edge"),
    ("HNM", "two uprights with something between"),
    ("PR", "the leg is lost at the lower edge"),
)


def _closed() -> dict[tuple[str, str], int]:
    """Return the cost of every pair that is cheaper than an edit: the shortest way over characters that look alike."""
    characters = sorted({one for group, _ in LOOK_ALIKES for one in group})
    costs = {(a, b): EDIT_UNITS for a in characters for b in characters if a != b}
    for group, _ in LOOK_ALIKES:
        for a, b in combinations(group, 2):
            costs[a, b] = costs[b, a] = ALIKE_UNITS
    for over in characters:
        for a, b in costs:
            if over not in (a, b):
                costs[a, b] = min(costs[a, b], costs[a, over] + costs[over, b])
    return {pair: units for pair, units in costs.items() if units < EDIT_UNITS}


COSTS = _closed()
_COSTS_OF: dict[str, dict[str, int]] = {}
for (_one, _other), _units in COSTS.items():
    _COSTS_OF.setdefault(_one, {})[_other] = _units


def plain(text: str) -> str:
    """Return a plate as it is compared: in capitals, without blanks and marks between its parts."""
    kept = unicodedata.normalize("NFKC", text).upper()
    return "".join(one for one in kept if one not in "-.·'" and not one.isspace())


def shown(text: str) -> str:
    """Return what of a plate is not hidden."""
    return text.removesuffix(HIDDEN)


def cost_units(a: str, b: str) -> int:
    """Return the cost of one character in place of another."""
    return 0 if a == b else COSTS.get((a, b), EDIT_UNITS)


@lru_cache(maxsize=16_384)
def distance_units(a: str, b: str) -> int:
    """Return how unlike two plates are, in units; each a plate as `plain` gives it."""
    if a.endswith(HIDDEN) and b.endswith(HIDDEN):
        return _shown_units(a[:-1], b[:-1])
    if a.endswith(HIDDEN):
        return _shown_units(a[:-1], b[:-1]) if b else EDIT_UNITS * len(a)
    return distance_units(b, a) if b.endswith(HIDDEN) or a > b else _shown_units(a, b)


def _shown_units(a: str, b: str) -> int:
    same = _same_end(a, b)
    return _edits(a[: len(a) - same], b[: len(b) - same])[-1][-1]


def _same_end(a: str, b: str) -> int:
    """Return how many characters at the end of two texts are the same."""
    most = min(len(a), len(b))
    return next((count for count in range(most) if a[-1 - count] != b[-1 - count]), most)


def _edits(a: str, b: str) -> list[list[int]]:
    """Return the table of the costs of making the beginnings of `a` into those of `b`."""
    above = [EDIT_UNITS * place for place in range(len(b) + 1)]
    rows = [above]
    for one in a:
        costs, least = _COSTS_OF.get(one, {}), above[0] + EDIT_UNITS
        row = [least]
        for place, other in enumerate(b):  # without `min` and a function for a character's cost it takes a third
            least += EDIT_UNITS
            over = above[place] if one == other else above[place] + costs.get(other, EDIT_UNITS)
            without = above[place + 1] + EDIT_UNITS
            if over < least:
                least = over
            if without < least:
                least = without
            row.append(least)
        rows.append(row)
        above = row
    return rows


@lru_cache(maxsize=16_384)
def aligned(a: str, b: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of characters by which `a` becomes `b` at the least cost, "" where one has none."""
    same = _same_end(a, b)  # they stand in pairs on every cheapest way that is looked for from the end
    i, j = len(a) - same, len(b) - same
    rows, pairs = _edits(a[:i], b[:j]), [(one, one) for one in reversed(a[i:])]
    while i or j:
        if i and j and rows[i][j] == rows[i - 1][j - 1] + cost_units(a[i - 1], b[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((a[i], b[j]))
        elif i and rows[i][j] == rows[i - 1][j] + EDIT_UNITS:
            i -= 1
            pairs.append((a[i], ""))
        else:
            j -= 1
            pairs.append(("", b[j]))
    return tuple(pairs[::-1])
