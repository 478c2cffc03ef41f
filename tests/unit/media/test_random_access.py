"""Where decoding can begin, told from NAL units written by hand."""

from __future__ import annotations

import pytest

from app.media.random_access import begins_decoding, nal_length_bytes

PARAMETERS, DELIMITER = b"\x67\x42\0\x0a", b"\x09\xf0"
IDR, SLICE = b"\x65\x88\x84", b"\x41\x9a\x24"
RECOVERS_AT_ONCE = b"\x06\x06\x01\xc4\x80"  # recovery point, 1 byte: frame count 0, exact, not broken
RECOVERS_LATER = b"\x06\x06\x01\x24\x80"  # the leading zero bit makes the count larger than 0
OTHER_MESSAGE = b"\x06\x05\x04abcd\x80"
OTHER_THEN_RECOVERS = b"\x06\x05\x04abcd\x06\x01\xc4\x80"
LONG_THEN_RECOVERS = b"\x06\x05\xff\x01" + b"x" * 256 + b"\x06\x01\xc4\x80"

H264 = [
    ([IDR], True),
    ([DELIMITER, PARAMETERS, IDR], True),
    ([SLICE], False),
    ([PARAMETERS, SLICE], False),
    ([RECOVERS_AT_ONCE, SLICE], True),
    ([RECOVERS_LATER, SLICE], False),
    ([OTHER_MESSAGE, SLICE], False),
    ([OTHER_THEN_RECOVERS, SLICE], True),
    ([LONG_THEN_RECOVERS, SLICE], True),
    ([OTHER_MESSAGE, RECOVERS_AT_ONCE, SLICE], True),
    ([SLICE, RECOVERS_AT_ONCE], False),
    ([PARAMETERS], False),
    ([], False),
]


@pytest.mark.parametrize(("nal_units", "begins"), H264)
@pytest.mark.parametrize("length_bytes", [0, 1, 2, 4])
def test_h264(nal_units: list[bytes], begins: bool, length_bytes: int) -> None:
    if length_bytes == 1 and any(len(nal) > 255 for nal in nal_units):
        nal_units = nal_units[1:]
        begins = False
    coded = framed(nal_units, length_bytes)
    assert begins_decoding("h264", coded, length_bytes, flagged=True) is begins
    assert begins_decoding("h264", coded, length_bytes, flagged=False) is False


@pytest.mark.parametrize(
    ("kind", "begins"),
    [(1, False), (9, False), (16, True), (19, True), (20, True), (21, True), (22, False)],
)
def test_hevc_begins_at_an_intra_random_access_point(kind: int, begins: bool) -> None:
    parameters, slice_nal = bytes([32 << 1, 1, 0]), bytes([kind << 1, 1, 0x80])
    for length_bytes in (0, 4):
        coded = framed([parameters, slice_nal], length_bytes)
        assert begins_decoding("hevc", coded, length_bytes, flagged=True) is begins


def test_other_codecs_are_taken_at_their_containers_word() -> None:
    assert begins_decoding("vp9", b"anything", 0, flagged=True)
    assert not begins_decoding("vp9", b"anything", 0, flagged=False)


@pytest.mark.parametrize("coded", [b"", b"\0", b"\0\0\0\x40\x65", b"\xff\xff\xff\xff\x65", b"\0\0\0\0\0\0\0\0"])
def test_cut_off_pictures_are_read_without_an_error(coded: bytes) -> None:
    begins_decoding("h264", coded, 4, flagged=True)
    begins_decoding("hevc", coded, 4, flagged=True)


@pytest.mark.parametrize(
    ("codec", "extradata", "length_bytes"),
    [
        ("h264", b"\x01\x42\0\x0a\xff\xe1", 4),
        ("h264", b"\x01\x42\0\x0a\xfd\xe1", 2),
        ("h264", b"\0\0\0\x01\x67\x42", 0),
        ("h264", b"", 0),
        ("hevc", b"\x01" + bytes(20) + b"\x0f" + b"\0", 4),
        ("hevc", b"\0\0\0\x01\x40" + bytes(30), 0),
        ("vp9", b"\x01\x42\0\x0a\xff\xe1", 0),
    ],
)
def test_the_length_of_nal_units_is_read_from_the_parameters(codec: str, extradata: bytes, length_bytes: int) -> None:
    assert nal_length_bytes(codec, extradata) == length_bytes


def framed(nal_units: list[bytes], length_bytes: int) -> bytes:
    if not length_bytes:
        return b"".join(b"\0\0\0\x01" + nal for nal in nal_units)
    return b"".join(len(nal).to_bytes(length_bytes, "big") + nal for nal in nal_units)
