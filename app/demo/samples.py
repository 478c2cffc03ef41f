"""Which decisions are worth showing: some kept for most gain, some that just missed, some near-duplicates; pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.records import FrameDecision, SegmentDecided, SegmentFacts

SHOWN = 10
_SHARE = {"kept": 5, "missed": 3, "duplicate": 2}


@dataclass(frozen=True, slots=True)
class Sample:
    """One decision and the segment it is of."""

    facts: SegmentFacts
    decision: FrameDecision

    @property
    def kind(self) -> str:
        """Return kept, duplicate or missed."""
        return "kept" if self.decision.kept else "duplicate" if self.decision.duplicate_of else "missed"

    @property
    def clip_at_s(self) -> float:
        """Return where in its clip the frame is."""
        return (self.facts.clip_offset_us + self.decision.frame.at_us - self.facts.recorded_at_us) / 1e6


@dataclass(slots=True)
class Samples:
    """Keep the best few decisions of each kind; memory is bounded, whatever the length of the run."""

    _best: dict[str, list[Sample]] = field(default_factory=lambda: {kind: [] for kind in _SHARE})

    def add(self, segment: SegmentDecided) -> None:
        """Look at the decisions on one segment."""
        for decision in segment.frames:
            sample = Sample(segment.facts, decision)
            best = self._best[sample.kind]
            best.append(sample)
            if len(best) > 4 * SHOWN:
                best[:] = _spread(best, SHOWN)

    def chosen(self) -> list[Sample]:
        """Return at most ten, kept ones first: a share of each kind, more of the others where a kind has fewer."""
        chosen = {kind: _spread(best, _SHARE[kind]) for kind, best in self._best.items()}
        for kind, best in self._best.items():
            room = SHOWN - sum(map(len, chosen.values()))
            chosen[kind] = _spread(best, len(chosen[kind]) + room)
        return [sample for kind in _SHARE for sample in chosen[kind]]


def _spread(samples: list[Sample], most: int) -> list[Sample]:
    """Return the samples of most gain, each clip's best before any clip's second."""
    ordered = sorted(samples, key=lambda one: -one.decision.gain)
    turn: dict[str, int] = {}
    ranked = []
    for sample in ordered:
        turn[sample.facts.clip_id] = turn.get(sample.facts.clip_id, 0) + 1
        ranked.append((turn[sample.facts.clip_id], sample))
    ranked.sort(key=lambda pair: pair[0])  # stable: by gain within a turn
    return sorted((sample for _, sample in ranked[:most]), key=lambda one: -one.decision.gain)
