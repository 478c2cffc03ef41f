"""Every picture of a file as its decoder gives it: the reference that segments are held against."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np


@dataclass(frozen=True)
class Decoded:
    """Name one decoded picture by its time (exact, seconds), a digest of its planes, and its rotation."""

    time_s: Fraction
    digest: str
    rotation_deg: int


def decoded(source: Path | bytes) -> list[Decoded]:
    """Decode all that can be decoded, in the order the decoder gives it; broken pictures are left out."""
    found = []
    with av.open(io.BytesIO(source) if isinstance(source, bytes) else str(source)) as container:
        stream = container.streams.best("video")
        stream.codec_context.thread_count = 1
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                continue
            found += [Decoded(frame.pts * stream.time_base, digest(frame), frame.rotation) for frame in frames]
    return found


def digest(frame: av.VideoFrame) -> str:
    """Return a digest of the visible pixels of every plane."""
    sample_bytes = 2 if frame.format.components[0].bits > 8 else 1
    whole = hashlib.blake2b(digest_size=16)
    for plane in frame.planes:
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        whole.update(rows[:, : plane.width * sample_bytes].tobytes())
    return whole.hexdigest()
