"""What was seen and kept, value by value, as something that merges: in any order, and any number of times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.curation.entropy import entropy_ratio
from schemas.records import ArchiveState

Counts = Mapping[str, Mapping[str, tuple[int, int]]]
"""Attribute -> value -> (seen, kept)."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one source has contributed up to an offset; of two parts of a source the later contains the earlier."""

    next_offset: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Distribution:
    """Counts by source partition. Merging is associative, commutative and idempotent by source offset.

    Each part only grows with its offset, so taking the later of two is a join (a state-based counter, Shapiro 2011).
    """

    parts: Mapping[str, Part] = field(default_factory=dict)

    def merge(self, other: Distribution) -> Distribution:
        """Return both together; what both have counted is counted once."""
        parts = dict(self.parts)
        for source, part in other.parts.items():
            if source not in parts or parts[source].next_offset < part.next_offset:
                parts[source] = part
        return Distribution(parts)

    def counts(self) -> dict[str, dict[str, tuple[int, int]]]:
        """Return the sum over all sources."""
        total: dict[str, dict[str, tuple[int, int]]] = {}
        for _, part in sorted(self.parts.items()):
            for attribute, values in part.counts.items():
                into = total.setdefault(attribute, {})
                for value, (seen, kept) in values.items():
                    before = into.get(value, (0, 0))
                    into[value] = (before[0] + seen, before[1] + kept)
        return total

    def entropy_ratio(self, attribute: str, without: frozenset[str] = frozenset()) -> tuple[float, float]:
        """Return the entropy ratio of an attribute's (seen, kept), leaving out the values in `without`."""
        pairs = [pair for value, pair in self.counts().get(attribute, {}).items() if value not in without]
        return entropy_ratio([seen for seen, _ in pairs]), entropy_ratio([kept for _, kept in pairs])


def distribution_of(state: ArchiveState) -> Distribution:
    """Return what an archive's state has counted, as a part of its source partition."""
    counts = {
        name: {tally.value: (tally.seen, tally.kept) for tally in tallies} for name, tallies in state.attributes.items()
    }
    return Distribution({f"{state.source}/{state.archive}": Part(state.next_offset, counts)})
