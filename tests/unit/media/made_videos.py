"""Videos the tests make themselves: moving patterns in many codecs, containers and group structures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

X264 = "libx264"


@dataclass(frozen=True)
class Recipe:
    """Say how a test video is made."""

    name: str
    codec: str = X264
    frames: int = 60
    wh: tuple[int, int] = (96, 64)
    rate: int = 25
    gop: int = 12
    pix_fmt: str = "yuv420p"
    options: Mapping[str, str] = field(default_factory=dict)
    container_options: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    times_ms: Sequence[int] = ()
    b_frames: int | None = None
    rotation_ccw_deg: int | None = None
    audio: str = ""
    format: str | None = None
    restless_from: int | None = None
    """Pictures from here on are noise: far more bytes."""


def x264(parameters: str) -> dict[str, str]:
    return {"preset": "veryfast", "x264-params": f"log-level=none:scenecut=0:{parameters}"}


def picture(index: int, wh: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return RGB [H, W, 3]: drifting stripes and a white box that walks to the right."""
    width, height = wh
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x * 2 + index * 7, y * 3 + index * 5, x + y + index * 11], axis=-1) % 256
    left = index * 5 % max(1, width - 20)
    rgb[height // 3 : height // 3 + 12, left : left + 16] = 255
    return rgb.astype(np.uint8)


def noise(index: int, wh: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return RGB [H, W, 3] of random pixels."""
    return np.random.default_rng(index).integers(0, 256, (wh[1], wh[0], 3), np.uint8)


def make(folder: Path, recipe: Recipe) -> Path:
    """Write the video and return its path."""
    path = folder / recipe.name
    time_base = Fraction(1, 1000) if recipe.times_ms else Fraction(1, recipe.rate)
    times = recipe.times_ms or range(recipe.frames)
    with av.open(str(path), "w", format=recipe.format, options=dict(recipe.container_options)) as output:
        output.metadata.update(recipe.metadata)
        track = output.add_stream(recipe.codec, rate=recipe.rate, options=dict(recipe.options))
        track.width, track.height = recipe.wh
        track.pix_fmt = recipe.pix_fmt
        track.codec_context.gop_size = recipe.gop
        track.codec_context.time_base = time_base
        track.codec_context.thread_count = 1
        if recipe.b_frames is not None:
            track.codec_context.max_b_frames = recipe.b_frames
        if recipe.rotation_ccw_deg is not None:
            track.set_display_rotation(recipe.rotation_ccw_deg)
        sound = output.add_stream(recipe.audio, rate=48_000) if recipe.audio else None
        for index, time in enumerate(times):
            restless = recipe.restless_from is not None and index >= recipe.restless_from
            rgb = noise(index, recipe.wh) if restless else picture(index, recipe.wh)
            frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format=recipe.pix_fmt)
            frame.pts, frame.time_base = time, time_base
            output.mux(track.encode(frame))
            if sound is not None:
                silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
                silence.sample_rate, silence.pts = 48_000, index * 1024
                output.mux(sound.encode(silence))
        output.mux(track.encode(None))
        if sound is not None:
            output.mux(sound.encode(None))
    return path


_VARIABLE_MS = [0]
for _i in range(79):
    _VARIABLE_MS.append(_VARIABLE_MS[-1] + (10, 33, 40, 71, 120)[_i % 5])

RECIPES = [
    Recipe("b-frames.mp4", options=x264("bframes=3:b-pyramid=normal")),
    Recipe("b-frames.mkv", options=x264("bframes=3:b-pyramid=normal")),
    Recipe("b-frames.ts", options=x264("bframes=3:b-pyramid=normal")),
    Recipe("fragmented.mp4", options=x264("bframes=2"), container_options={"movflags": "frag_keyframe+empty_moov"}),
    Recipe("open-gop-pyramid.mp4", frames=120, options=x264("bframes=3:b-pyramid=normal:open-gop=1:keyint=30"), gop=30),
    Recipe("open-gop.mkv", frames=120, options=x264("bframes=2:b-pyramid=none:open-gop=1:keyint=30:ref=4"), gop=30),
    Recipe("open-gop.ts", frames=120, options=x264("bframes=3:b-pyramid=normal:open-gop=1:keyint=30"), gop=30),
    Recipe(
        "open-gop-hevc.mp4",
        "libx265",
        frames=120,
        options={"x265-params": "log-level=none:keyint=30:min-keyint=30:open-gop=1:bframes=4:pools=1"},
    ),
    Recipe("open-gop-mpeg2.ts", "mpeg2video", frames=100, b_frames=2),
    Recipe("open-gop-mpeg2.mpg", "mpeg2video", frames=100, b_frames=2, format="mpeg"),
    Recipe("mpeg4.avi", "mpeg4", frames=100, b_frames=0),
    Recipe("mpeg4-b-frames.mp4", "mpeg4", frames=100, b_frames=2),
    Recipe("h264.avi", options=x264("bframes=0")),
    Recipe("h264.flv", options=x264("bframes=2")),
    Recipe("interlaced.ts", frames=100, gop=24, options=x264("tff=1:bframes=3:keyint=24")),
    Recipe("intra-refresh.mp4", options=x264("intra-refresh=1:keyint=20")),
    Recipe("variable-rate.mp4", times_ms=_VARIABLE_MS, options=x264("bframes=2")),
    Recipe("variable-rate.mkv", times_ms=_VARIABLE_MS, options=x264("bframes=2")),
    Recipe("long-gop.mp4", frames=150, gop=1000, options=x264("keyint=1000")),
    Recipe("short-gop.mp4", frames=75, gop=5, options=x264("keyint=5")),
    Recipe("one-frame-a-second.mp4", frames=20, rate=1, gop=3, options=x264("keyint=3")),
    Recipe("rotated-90.mp4", frames=30, rotation_ccw_deg=90, wh=(96, 48), options=x264("bframes=2")),
    Recipe("rotated-180.mp4", frames=30, rotation_ccw_deg=180, wh=(96, 48), options=x264("bframes=2")),
    Recipe("rotated-270.mov", frames=30, rotation_ccw_deg=270, wh=(96, 48), options=x264("bframes=2")),
    Recipe("rotated-open-gop.mp4", frames=90, gop=30, rotation_ccw_deg=90, options=x264("open-gop=1:keyint=30")),
    Recipe("odd-size.mp4", wh=(97, 63), pix_fmt="yuv444p", options=x264("bframes=2")),
    Recipe("with-sound.mp4", audio="aac", options=x264("bframes=2")),
    Recipe("ten-bit.mp4", pix_fmt="yuv420p10le", options=x264("bframes=2")),
    Recipe("single-frame.mp4", frames=1, options=x264("bframes=2")),
    Recipe("single-frame.mkv", frames=1, options=x264("bframes=2")),
    Recipe("vp9.webm", "libvpx-vp9", frames=80, gop=30, options={"cpu-used": "8", "lag-in-frames": "10"}),
    Recipe("av1.mkv", "libsvtav1", frames=60, gop=25, options={"preset": "12", "svtav1-params": "keyint=25:lp=1"}),
    Recipe("motion-jpeg.avi", "mjpeg", pix_fmt="yuvj420p"),
    Recipe("prores.mov", "prores_ks", frames=30, pix_fmt="yuv422p10le"),
    Recipe("vp8.webm", "libvpx", frames=80, gop=30, options={"cpu-used": "4", "b:v": "300k"}),
    Recipe("index-in-front.mp4", options=x264("bframes=2"), container_options={"movflags": "faststart"}),
    Recipe("growing-groups.mp4", frames=100, options=x264("bframes=0:keyint=10"), restless_from=60),
]
BY_NAME = {recipe.name: recipe for recipe in RECIPES}
