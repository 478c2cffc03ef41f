"""The counts of one attribute as arrays: values, seen, kept, what the shadows kept, and the target of each value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from app.curation.attributes import OTHER, UNKNOWN, Attribute, Tempered
from app.curation.entropy import entropy_ratios
from schemas.records import ValueCount, ValueTally

MOST_VALUES = 512
"""Values of an open vocabulary that are told apart; what turns up later is counted as `other`."""


class Board:
    """Hold the counts of one attribute: changed while a window is decided, then written back as tallies."""

    def __init__(self, attribute: Attribute, tallies: Sequence[ValueTally], shadows: int) -> None:
        self.attribute = attribute
        before = {tally.value: tally for tally in tallies}
        self.values = list(dict.fromkeys((*attribute.vocabulary(), *before)))
        self._codes = {value: code for code, value in enumerate(self.values)}
        self._targeted = np.zeros(0, dtype=np.bool_)
        rows = [before.get(value) for value in self.values]
        self.seen = np.array([row.seen if row else 0 for row in rows], dtype=np.int64)
        self.kept = np.array([row.kept if row else 0 for row in rows], dtype=np.int64)
        self.shadows = np.array([row.shadows if row else (0,) * shadows for row in rows], dtype=np.int64)
        self.shadows = self.shadows.reshape(len(rows), shadows)

    def encode(self, value: str) -> int:
        """Return the code of a value, a new one for a value never met; `other` once there are too many."""
        code = self._codes.get(value)
        if code is None:
            if len(self.values) >= MOST_VALUES and value not in (OTHER, UNKNOWN):
                return self.encode(OTHER)
            code = self._codes[value] = len(self.values)
            self.values.append(value)
        return code

    def grow(self) -> None:
        """Make room for the values encoded since."""
        new = len(self.values) - len(self.seen)
        if new:
            self.seen = np.pad(self.seen, (0, new))
            self.kept = np.pad(self.kept, (0, new))
            self.shadows = np.pad(self.shadows, ((0, new), (0, 0)))

    def targeted(self) -> NDArray[np.bool_]:
        """Tell for each value [K] whether it is in the target: neither set apart nor outside a closed vocabulary."""
        if len(self._targeted) < len(self.values):
            closed = set(self.attribute.vocabulary())
            apart = self.attribute.unknown == "apart"
            known = [not apart if value == UNKNOWN else not closed or value in closed for value in self.values]
            self._targeted = np.array(known, dtype=np.bool_)
        return self._targeted

    def target(self) -> NDArray[np.float64]:
        """Return the wanted share of each value [K], 0 outside the target, summing to 1 where any value is in it."""
        wanted = self.attribute.target
        inside = self.targeted()
        if isinstance(wanted, dict):
            return np.array([wanted.get(value, 0.0) for value in self.values])
        raw = inside.astype(np.float64)
        if isinstance(wanted, Tempered):
            raw *= np.power(self.seen.astype(np.float64), wanted.tempered) * (self.seen > 0)
        total = float(raw.sum())
        return raw / total if total > 0 else raw

    def entropy_ratios(self) -> list[float]:
        """Return the entropy ratio of what was seen, kept, and kept by each shadow, over the values of the target."""
        columns = np.column_stack([self.seen, self.kept, self.shadows])
        ratios: list[float] = entropy_ratios(columns[self.targeted()]).tolist()
        return ratios

    def known(self) -> bool:
        """Tell whether any value of the target was ever seen."""
        return bool(self.seen[self.targeted()].any())

    def tallies(self) -> tuple[ValueTally, ...]:
        """Return the counts as state."""
        rows: Iterable[tuple[str, int, int, list[int]]] = zip(
            self.values, self.seen.tolist(), self.kept.tolist(), self.shadows.tolist(), strict=True
        )
        return tuple(ValueTally(value, seen, kept, tuple(shadows)) for value, seen, kept, shadows in rows)

    def value_counts(self) -> tuple[ValueCount, ...]:
        """Return the counts as they are published."""
        rows = zip(self.values, self.seen.tolist(), self.kept.tolist(), self.target().tolist(), strict=True)
        return tuple(ValueCount(value, seen, kept, target) for value, seen, kept, target in rows)
