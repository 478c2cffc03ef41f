"""Pure: narrow the edit list of an MP4 file, so that it decodes more pictures than it shows (ISO 14496-12, 8.6.6)."""

from __future__ import annotations

import struct

_PATH = (b"moov", b"trak", b"edts", b"elst")


def show_only(mp4: bytes, media_time: int, duration: int) -> bytes:
    """Return `mp4` with its one edit showing [media_time, media_time + duration), in ticks of the track.

    The file must have one track, one edit, and a movie time scale equal to the track's. Raises ValueError
    otherwise, or where a number is too large for the edit's box.
    """
    at, end = 0, len(mp4)
    for name in _PATH:
        at, end = _box(mp4, at, end, name)
    version, entries = mp4[at], int.from_bytes(mp4[at + 4 : at + 8], "big")
    if entries != 1:
        raise ValueError(f"an edit list of {entries} edits cannot be narrowed")
    try:
        edit = struct.pack(">Qq" if version == 1 else ">Ii", duration, media_time)
    except struct.error as error:
        raise ValueError(f"an edit of {duration} ticks does not fit its box") from error
    return mp4[: at + 8] + edit + mp4[at + 8 + len(edit) :]


def _box(mp4: bytes, at: int, end: int, name: bytes) -> tuple[int, int]:
    while at + 8 <= end:
        size = int.from_bytes(mp4[at : at + 4], "big")
        if size < 8 or at + size > end:
            break
        if mp4[at + 4 : at + 8] == name:
            return at + 8, at + size
        at += size
    raise ValueError(f"no {name.decode()} box")
