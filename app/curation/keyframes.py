"""Finds the frames in which a camera shows something new, with hysteresis, so that a flickering detector fires none."""

from __future__ import annotations

from typing import NamedTuple

from app.curation.attributes import UNKNOWN
from app.curation.policy import Keyframes
from app.curation.sketch import distances, stack
from schemas.records import CameraState, RememberedFrame, SeenFrame, Sighting


class _Belief(NamedTuple):
    shown: bool
    contrary_samples: int


class Watch:
    """Follow what one camera shows, sample by sample.

    A thing is a class of objects, or `attribute=value`. It counts as shown once seen in `hold_samples` in a row (a
    value in `word_samples`), and as gone once missed in `absent_samples` in a row: detectors miss far more than they
    invent, and miss one thing for seconds on end. Either is a change; of an attribute only a value that appears, so
    that two by turns are one change. So is a picture farther than `embedding_distance` from the last keyframe for
    `hold_samples`. A change makes a keyframe, at once or when the refractory time is over. A clip's first frame is one,
    too; what turns up in the `word_samples` after it was as likely overlooked as absent, and is no change.
    """

    def __init__(self, state: CameraState, rule: Keyframes, clip_id: str) -> None:
        self._rule, self._clip_id = rule, clip_id
        same = state.clip_id == clip_id and state.frames > 0
        self._beliefs = {one.what: _Belief(one.shown, one.contrary_samples) for one in state.sightings} if same else {}
        self._started = same
        self._keyframe_at_us, self._keyframe_sketch = state.keyframe_at_us, state.keyframe_sketch
        self._changed = state.changed and same
        self._settled = state.settled_samples if same else 0
        self._strange = state.strange_samples if same else 0

    def look(self, frame: SeenFrame, sketch: bytes) -> bool:
        """Take the next sampled frame of the clip; True when it is a keyframe."""
        changed = self._update(frame)
        if self._started:
            self._changed |= changed and self._settled >= self._rule.word_samples
            self._changed |= self._looks_strange(sketch)
            self._settled = min(self._settled + 1, self._rule.word_samples)
        quiet_us = frame.at_us - self._keyframe_at_us
        rested = quiet_us >= self._rule.refractory_s * 1e6 or quiet_us < 0  # a clock that was set back rests no camera
        if self._started and not (self._changed and rested):
            return False
        self._started, self._changed, self._strange = True, False, 0
        self._keyframe_at_us, self._keyframe_sketch = frame.at_us, sketch
        return True

    def state(
        self,
        before: CameraState,
        *,
        segments: int,
        frames: int,
        duplicates: int,
        keyframes: int,
        remembered: tuple[RememberedFrame, ...],
    ) -> CameraState:
        """Return the camera's new state, what it shows included."""
        sightings = tuple(Sighting(what, *belief) for what, belief in sorted(self._beliefs.items()))
        return CameraState(
            camera_id=before.camera_id,
            clip_id=self._clip_id,
            segments=segments,
            frames=frames,
            duplicates=duplicates,
            keyframes=keyframes,
            remembered=remembered,
            sightings=sightings,
            keyframe_at_us=self._keyframe_at_us,
            keyframe_sketch=self._keyframe_sketch,
            changed=self._changed,
            settled_samples=self._settled,
            strange_samples=self._strange,
        )

    def _update(self, frame: SeenFrame) -> bool:
        seen = {one.label for one in frame.objects if one.score >= self._rule.min_score}
        words = {name: value for name, value in frame.attributes.items() if value != UNKNOWN}
        things = seen | {f"{name}={value}" for name, value in words.items()}
        changed = False
        for what in sorted(things | self._beliefs.keys()):
            name, is_word, _ = what.partition("=")
            if what not in things and is_word and name not in words:
                continue  # the attribute is unknown in this frame: no evidence either way
            belief = self._beliefs.get(what, _Belief(False, 0))
            contrary = belief.contrary_samples + 1 if (what in things) != belief.shown else 0
            appears = self._rule.word_samples if is_word else self._rule.hold_samples
            needed = self._rule.absent_samples if belief.shown else appears
            if contrary >= needed or (not self._started and what in things):
                belief, contrary = _Belief(not belief.shown, 0), 0
                changed |= belief.shown or not is_word
            if belief.shown or contrary:
                self._beliefs[what] = _Belief(belief.shown, contrary)
            else:
                self._beliefs.pop(what, None)
        return changed

    def _looks_strange(self, sketch: bytes) -> bool:
        if not sketch or not self._keyframe_sketch:
            return False
        far = float(distances(stack([sketch]), stack([self._keyframe_sketch])[0])[0]) > self._rule.embedding_distance
        self._strange = self._strange + 1 if far else 0
        return self._strange >= self._rule.hold_samples
