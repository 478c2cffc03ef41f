"""Narrowing an edit list touches its one edit and nothing else."""

from __future__ import annotations

import struct

import pytest

from app.media.edit_list import show_only


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body


def movie(edit_list: bytes) -> bytes:
    track = box(b"trak", box(b"tkhd", b"x" * 9) + box(b"edts", box(b"elst", edit_list)))
    return box(b"ftyp", b"isom") + box(b"moov", box(b"mvhd", b"y" * 5) + track) + box(b"mdat", b"pictures elst")


def test_a_narrow_edit_is_written_in_32_bits() -> None:
    before = struct.pack(">IIIiHH", 0, 1, 999, -1, 1, 0)
    after = struct.pack(">IIIiHH", 0, 1, 500, 20, 1, 0)
    assert show_only(movie(before), 20, 500) == movie(after)


def test_a_wide_edit_is_written_in_64_bits() -> None:
    before = struct.pack(">IIQqHH", 1 << 24, 1, 999, -1, 1, 0)
    after = struct.pack(">IIQqHH", 1 << 24, 1, 1 << 40, 20, 1, 0)
    assert show_only(movie(before), 20, 1 << 40) == movie(after)


@pytest.mark.parametrize(
    ("mp4", "reason"),
    [
        (b"", "no moov box"),
        (box(b"moov", b""), "no trak box"),
        (box(b"moov", struct.pack(">I4s", 4, b"trak")), "no trak box"),
        (box(b"moov", struct.pack(">I4s", 400, b"trak")), "no trak box"),
        (movie(struct.pack(">II", 0, 2) + bytes(24)), "an edit list of 2 edits"),
    ],
)
def test_a_file_without_exactly_one_edit_is_refused(mp4: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        show_only(mp4, 0, 1)
