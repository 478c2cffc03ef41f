"""A whole stream as arrays: what every frame shows and costs, in log order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.curation.attributes import JointAttribute
from app.curation.board import Board
from app.curation.candidates import Frames, lay_out
from app.curation.policy import Policy
from schemas.records import SegmentExtracted


@dataclass(frozen=True, slots=True)
class Supply:
    """N frames of a stream."""

    boards: Mapping[str, Board]
    frames: Frames
    cameras: list[str]
    clips: list[str]
    bytes_seen: int

    @property
    def single(self) -> dict[str, NDArray[np.intp]]:
        """Return the attributes with one value per frame, joint ones left out: codes [N]."""
        return {
            name: codes
            for name, codes in self.frames.codes.items()
            if not isinstance(self.boards[name].attribute, JointAttribute) and self.boards[name].known()
        }

    @property
    def several(self) -> dict[str, NDArray[np.bool_]]:
        """Return the attributes with several values per frame: present [K, N]."""
        return {name: present for name, present in self.frames.present.items() if self.boards[name].known()}

    def shown(self, name: str) -> NDArray[np.bool_]:
        """Return which values of the target each frame shows [K, N]: closed vocabularies whole, `unknown` apart."""
        inside = self.boards[name].targeted()
        if name in self.frames.present:
            several: NDArray[np.bool_] = self.frames.present[name][inside]
            return several
        codes = self.frames.codes[name]
        one: NDArray[np.bool_] = (np.arange(len(inside))[:, None] == codes[None, :])[inside]
        return one

    def values(self, name: str) -> list[str]:
        """Return the values of the target, as `shown` has them."""
        board = self.boards[name]
        return [value for value, inside in zip(board.values, board.targeted().tolist(), strict=True) if inside]

    def label_vectors(self) -> NDArray[np.float32]:
        """Return what is known of each frame as a vector [N, D], for ways that compare frames."""
        rows = [self.shown(name).T for name in (*self.single, *self.several)]
        return np.concatenate(rows, axis=1).astype(np.float32)

    def within(self, order: Sequence[int], budget_bytes: int) -> tuple[list[int], int]:
        """Return the first frames of an order that the budget pays, and their cost; a segment's video is paid once."""
        kept: list[int] = []
        paid: set[int] = set()
        spent = 0
        for number in order:
            segment = int(self.frames.segment[number])
            video = 0 if segment in paid else int(self.frames.video_bytes[segment])
            cost = int(self.frames.still_bytes[number]) + video
            if spent + cost > budget_bytes:
                break
            paid.add(segment)
            spent += cost
            kept.append(number)
        return kept, spent


def supply_of(segments: Sequence[SegmentExtracted], policy: Policy) -> Supply:
    """Return a stream as arrays, in the values of the policy's attributes."""
    boards = {name: Board(attribute, (), 0) for name, attribute in policy.attributes.items()}
    frames = lay_out(policy, boards, segments)
    for name, codes in frames.codes.items():
        np.add.at(boards[name].seen, codes, 1)
    for name, present in frames.present.items():
        boards[name].seen += present.sum(axis=1)
    return Supply(
        boards=boards,
        frames=frames,
        cameras=[segment.facts.camera_id for segment in segments for _ in segment.frames],
        clips=[segment.facts.clip_id for segment in segments for _ in segment.frames],
        bytes_seen=sum(segment.video_bytes for segment in segments),
    )
