"""Pure: whether decoding can begin at a coded picture, read from its NAL units (H.264 7.3, D.1.8; H.265 7.4.2.2).

The container's keyframe flag is not enough: a file without a sync-sample table flags every picture.
"""

from __future__ import annotations

from collections.abc import Iterator

Coded = bytes | memoryview

_H264_SLICES, _H264_IDR, _H264_SEI = (1, 2), 5, 6
_SEI_RECOVERY_POINT = 6
_HEVC_IRAP = range(16, 22)


def nal_length_bytes(codec: str, extradata: bytes) -> int:
    """Return the width of the length before each NAL unit; 0 where start codes divide them (Annex B)."""
    if codec == "h264" and len(extradata) > 4 and extradata[0] == 1:
        return (extradata[4] & 3) + 1
    if codec == "hevc" and len(extradata) > 21 and (extradata[0] or extradata[1] or extradata[2] > 1):
        return (extradata[21] & 3) + 1
    return 0


def begins_decoding(codec: str, coded: Coded, length_bytes: int, flagged: bool) -> bool:
    """Say whether this picture and all that are shown after it decode without any earlier one.

    H.264: an IDR picture, or a recovery point that recovers at once. H.265: an IRAP picture. Else the container's flag.
    """
    if codec == "h264":
        return flagged and _h264_begins(_nal_units(coded, length_bytes))
    if codec == "hevc":
        first_slice = next((nal[0] >> 1 & 63 for nal in _nal_units(coded, length_bytes) if nal[0] >> 1 & 63 < 32), None)
        return flagged and first_slice in _HEVC_IRAP
    return flagged


def _h264_begins(nal_units: Iterator[bytes]) -> bool:
    recovers_at_once = False
    for nal in nal_units:
        kind = nal[0] & 31
        if kind == _H264_IDR:
            return True
        if kind in _H264_SLICES:
            return recovers_at_once
        if kind == _H264_SEI:
            recovers_at_once = recovers_at_once or _sei_recovers_at_once(nal)
    return False


def _sei_recovers_at_once(nal: bytes) -> bool:
    payload = nal[1:].replace(b"\0\0\3", b"\0\0")
    at = 0
    while at + 2 <= len(payload) and payload[at] != 0x80:
        numbers = []
        for _ in ("type", "size"):
            number = 0
            while at < len(payload) and payload[at] == 255:
                number, at = number + 255, at + 1
            numbers.append(number + (payload[at] if at < len(payload) else 0))
            at += 1
        kind, size = numbers
        if kind == _SEI_RECOVERY_POINT and at < len(payload):
            return bool(payload[at] & 0x80)  # recovery_frame_cnt is ue(v): a leading 1 bit means 0
        at += size
    return False


def _nal_units(coded: Coded, length_bytes: int) -> Iterator[bytes]:
    """Yield the NAL units, each cut to its first 4 KiB: all that stands before a slice's data is far shorter."""
    view = memoryview(coded)
    if length_bytes:
        at = 0
        while at + length_bytes < len(view):
            size = int.from_bytes(view[at : at + length_bytes], "big")
            at += length_bytes
            if size:
                yield bytes(view[at : at + min(size, 4096)])
            at += size
        return
    whole = bytes(view)
    at = whole.find(b"\0\0\1")
    while at >= 0:
        begin = at + 3
        at = whole.find(b"\0\0\1", begin)
        nal = whole[begin : min(begin + 4096, at if at >= 0 else len(whole))]
        if nal:
            yield nal
