"""The sampled pictures of a segment: decoded as far as needed, scaled per size, upright, with brightness and hash."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import av

from app.errors import UnusableVideo
from app.media.facts import LIMITS, Bgr, MediaLimits, Sampled, SampledFrame, Wh
from app.media.hashes import GREY_WH, perceptual_hash
from app.media.probe import orientation_of_frame
from app.media.sampling import Sampling, on_grid
from app.media.scale import Scaler
from app.media.segment import OpenSegment, open_segment

FitWhs = Callable[[Wh], Sequence[Wh]]


def decode_sampled(
    video: bytes,
    sampling: Sampling,
    fit_whs: FitWhs,
    clip_offset_us: int = 0,
    duration_us: int | None = None,
    what: str = "segment",
    limits: MediaLimits = LIMITS,
) -> Sampled:
    """Return the pictures of the segment `video` that `sampling` asks for.

    `fit_whs` maps the displayed size of the source to the displayed sizes wanted, in pixels. `clip_offset_us` and
    `duration_us` are the segment's own facts: with them the grid of `fps` runs through the clip, whatever the cuts.
    Broken pictures are left out and named in `damage`. Raises UnusableVideo (the record goes to dead.letters) where
    pictures were asked for and none decodes. Safe in threads: libav works without the interpreter's lock.
    """
    with open_segment(video, what, limits) as segment:
        wanted = _wanted(segment, sampling, clip_offset_us, duration_us)
        work = _PictureWork(fit_whs)
        by_index = segment.decode(wanted, lambda index, frame: work.sample(index, segment.offset_us(index), frame))
        frames = tuple(by_index[index] for index in sorted(by_index))
        if not frames and (wanted or not segment.shown_pts):
            raise UnusableVideo(what, f"none of its {len(segment.packets)} coded pictures decodes", "leave it out")
        return Sampled(frames, _damage(len(wanted) - len(frames), len(wanted), segment.failed))


def _wanted(segment: OpenSegment, sampling: Sampling, clip_offset_us: int, duration_us: int | None) -> frozenset[int]:
    if sampling.mode == "keyframes":
        return frozenset(segment.keyframes())
    times_us = [clip_offset_us + segment.offset_us(i) for i in range(len(segment.shown_pts))]
    end_us = clip_offset_us + (segment.duration_us if duration_us is None else duration_us)
    return frozenset(on_grid(times_us, end_us, sampling.fps))


def _damage(missing: int, wanted: int, failed: int) -> str:
    notes = [f"{missing} of {wanted} sampled pictures do not decode"] if missing else []
    notes += [f"{failed} coded pictures are broken"] if failed else []
    return "; ".join(notes)


class _PictureWork:
    """Keep a scaler for each size wanted and one for the tiny grey picture: each is set up once for a segment."""

    def __init__(self, fit_whs: FitWhs) -> None:
        self._fit_whs = fit_whs
        self._scalers: dict[Wh, Scaler] = {}
        self._shrinker = Scaler()

    def sample(self, index: int, offset_us: int, frame: av.VideoFrame) -> SampledFrame:
        orientation = orientation_of_frame(frame)
        source_wh = orientation.wh((frame.width, frame.height))
        whs = self._fit_whs(source_wh)
        by_wh = {wh: orientation.upright(self._scaled(frame, orientation.wh(wh))) for wh in dict.fromkeys(whs)}
        grey = self._shrinker.grey(frame, GREY_WH)
        return SampledFrame(
            frame_index=index,
            offset_us=offset_us,
            source_wh=source_wh,
            views=tuple(by_wh[wh] for wh in whs),
            luma_ratio=float(grey.mean()) / 255,
            perceptual_hash=perceptual_hash(orientation.upright(grey)),
        )

    def _scaled(self, frame: av.VideoFrame, coded_wh: Wh) -> Bgr:
        return self._scalers.setdefault(coded_wh, Scaler()).bgr(frame, coded_wh)
