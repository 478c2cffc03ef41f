"""MP4 files with edit lists of our own (ISO 14496-12, 8.6.6)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import av

_PATH = (b"moov", b"trak", b"edts", b"elst")
_MOVIE_TICKS_PER_S = 1000


def with_edits(source: Path, path: Path, edits_s: Sequence[tuple[float, float]]) -> Path:
    """Write `source`, whose index lies behind its pictures, to `path`; it shows (duration, start) of each edit."""
    with av.open(str(source)) as container:
        ticks_per_s = container.streams.video[0].time_base.denominator
    edits = [(round(duration * _MOVIE_TICKS_PER_S), round(start * ticks_per_s)) for duration, start in edits_s]
    path.write_bytes(_edited(source.read_bytes(), edits, _PATH))
    return path


def _edited(boxes: bytes, edits: list[tuple[int, int]], path: tuple[bytes, ...]) -> bytes:
    if not path:
        entries = b"".join(struct.pack(">IiI", duration, start, 1 << 16) for duration, start in edits)
        return boxes[:4] + len(edits).to_bytes(4, "big") + entries
    return b"".join(
        _box(name, _edited(body, edits, path[1:]) if name == path[0] else body) for name, body in _boxes(boxes)
    )


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body
