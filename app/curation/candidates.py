"""The frames of one archive's window as arrays: which values each shows, what each would cost, which may be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from app.curation.attributes import UNKNOWN, CategoryAttribute, JointAttribute, NumericAttribute, PresenceAttribute
from app.curation.board import Board
from app.curation.identity import frame_id
from app.curation.policy import Policy
from app.curation.sketch import sketch_rows
from schemas.records import Candidate, SegmentExtracted, SegmentFacts

Codes = NDArray[np.intp]
Present = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Frames:
    """All N frames of an archive's window, in log order."""

    ids: list[str]
    candidates: list[Candidate]
    segment: NDArray[np.intp]
    """Place of each frame's segment in the window [N]."""
    codes: Mapping[str, Codes]
    """Attribute with one value per frame -> code of the value [N]."""
    present: Mapping[str, Present]
    """Attribute with several values per frame -> whether the frame has the value [K, N]."""
    still_bytes: NDArray[np.int64]
    video_bytes: NDArray[np.int64]
    """Size of each segment's video [S]; zeros where the policy keeps stills alone."""
    sketches: NDArray[np.float32]
    """[N, 64]; a row of zeros where there is no embedding."""
    eligible: NDArray[np.intp]
    """Frames that may be chosen, ordered by frame id, which breaks ties."""


def still_bytes(policy: Policy, facts: Sequence[SegmentFacts]) -> NDArray[np.int64]:
    """Return the estimated size in bytes of one still of each segment [S], at least 1."""
    sides_px = np.array([(one.width_px, one.height_px) for one in facts], dtype=np.float64).reshape(-1, 2)
    sizes: NDArray[np.int64] = np.maximum(1.0, np.rint(policy.still_bytes_per_px * sides_px.prod(axis=1))).astype(
        np.int64
    )
    return sizes


def lay_out(policy: Policy, boards: Mapping[str, Board], segments: Sequence[SegmentExtracted]) -> Frames:
    """Return the frames of a window as arrays; the boards learn the values that are new."""
    candidates = [one for segment in segments for one in segment.frames]
    ids = [frame_id(segment.facts.segment_id, one.frame.frame_index) for segment in segments for one in segment.frames]
    codes, present = _encode(boards, candidates)
    segment_of = np.repeat(np.arange(len(segments)), [len(segment.frames) for segment in segments])
    stills = still_bytes(policy, [segment.facts for segment in segments])
    videos = [segment.video_bytes if policy.keep == "video" else 0 for segment in segments]
    eligible = sorted(
        (
            number
            for number, candidate in enumerate(candidates)
            if not candidate.duplicate_of and (candidate.keyframe or policy.candidates == "all")
        ),
        key=ids.__getitem__,
    )
    return Frames(
        ids=ids,
        candidates=candidates,
        segment=segment_of,
        codes=codes,
        present=present,
        still_bytes=stills[segment_of],
        video_bytes=np.array(videos, dtype=np.int64),
        sketches=sketch_rows([candidate.frame.embedding for candidate in candidates]),
        eligible=np.array(eligible, dtype=np.intp),
    )


def _encode(
    boards: Mapping[str, Board], candidates: Sequence[Candidate]
) -> tuple[dict[str, Codes], dict[str, Present]]:
    codes: dict[str, Codes] = {}
    listed: dict[str, list[frozenset[str]]] = {}
    code_of: dict[str, dict[str, int]] = {}
    words: dict[str, list[str]] = {}
    for name, board in boards.items():
        match board.attribute:
            case PresenceAttribute() as presence:
                listed[name] = [presence.labels_of(one.frame) for one in candidates]
                classes = {label: presence.class_of(label) for label in sorted(frozenset().union(*listed[name]))}
                code_of[name] = {one: -1 if found is None else board.encode(found) for one, found in classes.items()}
            case CategoryAttribute() as category:
                said = [one.frame.attributes.get(name, UNKNOWN) for one in candidates]
                values = {word: category.value_of(word) for word in dict.fromkeys(said)}
                words[name] = [values[word] for word in said]
            case NumericAttribute() as numeric:
                words[name] = [numeric.value_of(one.frame) for one in candidates]
    for name, board in boards.items():
        if isinstance(board.attribute, JointAttribute):
            cells = list(zip(*(words[part] for part in board.attribute.of), strict=True))
            joined = {cell: " | ".join(cell) for cell in dict.fromkeys(cells)}
            words[name] = [joined[cell] for cell in cells]
    for name, column in words.items():
        code = {value: boards[name].encode(value) for value in dict.fromkeys(column)}
        codes[name] = np.fromiter(map(code.__getitem__, column), dtype=np.intp)
    for board in boards.values():
        board.grow()
    return codes, {name: _presence(len(boards[name].values), rows, code_of[name]) for name, rows in listed.items()}


def _presence(values: int, shown: Sequence[frozenset[str]], code_of: Mapping[str, int]) -> Present:
    matrix = np.zeros((values, len(shown)), dtype=np.bool_)
    code = np.fromiter(map(code_of.__getitem__, chain.from_iterable(shown)), dtype=np.intp)
    number = np.repeat(np.arange(len(shown)), [len(labels) for labels in shown])
    counts = code >= 0
    matrix[code[counts], number[counts]] = True
    return matrix
