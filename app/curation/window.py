"""Where a window ends, and what is decided then: from the log alone, so that a replay ends and decides the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.curation.decide import Place, decide, new_archive
from app.curation.policy import Policy, parse_policy
from app.errors import MalformedRecord, OperatorError
from schemas.records import (
    ArchiveDistribution,
    ArchiveState,
    PolicyPublished,
    SegmentDecided,
    SegmentExtracted,
    WindowMarker,
)

WindowRecord = SegmentExtracted | WindowMarker | PolicyPublished

_OBJECT_BYTES = 96
_FRAME_BYTES = 256


class WindowEnd:
    """Tell which record ends the open window of a partition: enough frames, enough bytes, or a marker."""

    def __init__(self, frames: int = 500, max_bytes: int = 64 << 20) -> None:
        self._most_frames, self._most_bytes = frames, max_bytes
        self._frames = self._bytes = 0

    def add(self, value: WindowRecord) -> bool:
        """Take the next record; True when the window ends with it, and the next record opens another."""
        if isinstance(value, SegmentExtracted):
            self._frames += len(value.frames)
            self._bytes += held_bytes(value)
        if isinstance(value, WindowMarker) or self._frames >= self._most_frames or self._bytes >= self._most_bytes:
            self._frames = self._bytes = 0
            return True
        return False


def held_bytes(segment: SegmentExtracted) -> int:
    """Return about how much memory a pending segment holds, in bytes, from its content alone."""
    return sum(
        _FRAME_BYTES + len(one.frame.embedding) + _OBJECT_BYTES * len(one.frame.objects) for one in segment.frames
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a closed window comes to: states that changed, a decision for every segment in log order, distributions."""

    states: Mapping[str, ArchiveState]
    decided: list[SegmentDecided]
    distributions: list[ArchiveDistribution]


def archives_of(window: Sequence[tuple[int, WindowRecord]]) -> list[str]:
    """Return the archives that a window of (offset, record) touches: by a segment or by a new policy, each once."""
    names = (
        record.facts.archive if isinstance(record, SegmentExtracted) else record.archive
        for _, record in window
        if not isinstance(record, WindowMarker)
    )
    return list(dict.fromkeys(names))


def decide_window(
    states: Mapping[str, ArchiveState],
    window: Sequence[tuple[int, WindowRecord]],
    partition: int,
    default_policy: str,
    topic: str = "segments.extracted",
) -> Outcome:
    """Decide a partition's window, (offset, record) in log order, archive by archive.

    `default_policy` (TOML) is taken by archives that have no policy yet. A policy published in the window takes effect
    after it. Raises MalformedRecord for a published policy that cannot be read: that record goes to dead.letters.
    """
    segments: dict[str, list[tuple[int, SegmentExtracted]]] = {}
    published: dict[str, str] = {}
    for offset, record in window:
        if isinstance(record, SegmentExtracted):
            segments.setdefault(record.facts.archive, []).append((offset, record))
        elif isinstance(record, PolicyPublished):
            _readable(record)
            published[record.archive] = record.toml
    after: dict[str, ArchiveState] = {}
    decided: dict[int, SegmentDecided] = {}
    distributions: list[ArchiveDistribution] = []
    for archive, numbered in segments.items():
        state = states.get(archive) or new_archive(archive, default_policy)
        place = Place(
            source=f"{topic}/{partition}",
            window_id=f"{archive}/{partition}/{numbered[0][0]}",
            next_offset=window[-1][0] + 1,
        )
        outcome = decide(state, policy_of(state), [record for _, record in numbered], place)
        after[archive] = outcome.state
        decided.update(zip((offset for offset, _ in numbered), outcome.segments, strict=True))
        distributions.append(outcome.distribution)
    for archive, toml in published.items():
        state = after.get(archive) or states.get(archive) or new_archive(archive, toml)
        after[archive] = replace(state, policy_toml=toml)
    return Outcome(after, [decided[offset] for offset in sorted(decided)], distributions)


@lru_cache(maxsize=64)
def _parsed(toml: str, archive: str) -> Policy:
    return parse_policy(toml, f"of archive {archive}")


def policy_of(state: ArchiveState) -> Policy:
    """Return the policy in force, parsed once per text."""
    return _parsed(state.policy_toml, state.archive)


def _readable(record: PolicyPublished) -> None:
    try:
        parse_policy(record.toml, f"published for archive {record.archive}")
    except OperatorError as error:
        raise MalformedRecord(error.what, error.why, error.remedy) from error
