"""The make and model that a car's guesses speak for together; the SDK's guide calls it fuse and defuse; pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Surest:
    """What the guesses of each thing that has any speak for most: the thing, a guess that says so, their sum."""

    things: Places
    guesses: Places
    sums: Numbers


def surest(things: Places, said: Places, sures: Numbers) -> Surest:
    """Return it for guesses with their things, ascending, and what each says.

    Guesses that say the same add up, so that a make split over its models is not outvoted by a rarer one; of equal
    sums the one guessed first.
    """
    if len(things) == 0:
        return Surest(things, things, sures)
    same = things * (said.max() + 1) + said
    _, first, group = np.unique(same, return_index=True, return_inverse=True)
    sums = np.bincount(group, sures)
    starts = np.flatnonzero(np.diff(things[first], prepend=-1))
    most = np.maximum.reduceat(sums, starts)
    is_most = sums == np.repeat(most, np.diff(starts, append=len(first)))
    guesses = np.minimum.reduceat(np.where(is_most, first, len(things)), starts)
    return Surest(things[guesses], guesses, most)
