"""H.264 sequence parameter sets, written by hand (H.264 7.3.2.1.1): for streams no encoder here would make."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av

from tests.unit.media.made_videos import picture

_START = b"\0\0\0\x01"


def ue(number: int) -> str:
    """Return an unsigned Exp-Golomb code."""
    digits = f"{number + 1:b}"
    return "0" * (len(digits) - 1) + digits


def read_ue(bits: str, at: int) -> int:
    """Return the place behind an unsigned Exp-Golomb code."""
    return at + 2 * (bits.index("1", at) - at) + 1


def packed(bits: str) -> bytes:
    bits += "1"
    bits += "0" * (-len(bits) % 8)
    return _START + b"\x67" + int(bits, 2).to_bytes(len(bits) // 8, "big")


def of_size(wh: tuple[int, int]) -> bytes:
    """Return parameters of the baseline profile that claim pictures of `wh` pixels."""
    fields = [ue(number) for number in (0, 0, 2, 1)]
    return packed(
        f"{66:08b}{0:08b}{52:08b}" + "".join(fields) + "0" + ue(wh[0] // 16 - 1) + ue(wh[1] // 16 - 1) + "1000"
    )


def without_hints(parameters: bytes) -> bytes:
    """Return parameters of the main profile less their last part (VUI), which says how far pictures are reordered."""
    bits = "".join(f"{byte:08b}" for byte in parameters[len(_START) + 1 :].replace(b"\0\0\x03", b"\0\0"))
    at = 24
    for _ in ("id", "frame number", "order type 0", "order number", "references"):
        at = read_ue(bits, at)
    at += 1
    for _ in ("width", "height"):
        at = read_ue(bits, at)
    assert bits[at : at + 3] in ("110", "100"), "frames only, not cropped"
    return packed(bits[: at + 3] + "0")


def write(
    path: Path, change: Callable[[bytes], bytes], wh: tuple[int, int], frames: int, options: dict[str, str]
) -> None:
    """Write an H.264 video of 64x64 pictures, its sequence parameters changed; the container claims `wh`."""
    tick = Fraction(1, 25)
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 64, 64, "yuv420p", tick
    encoder.options = options
    coded = []
    for index in range(frames):
        frame = av.VideoFrame.from_ndarray(picture(index, (64, 64)), "rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = index, tick
        coded += encoder.encode(frame)
    coded += encoder.encode(None)
    with av.open(str(path), "w", format="mp4") as output:
        track = output.add_mux_stream("h264", rate=25, width=wh[0], height=wh[1], time_base=tick)
        for source in coded:
            data = bytes(source)
            begin = data.find(_START + b"\x67")
            if begin >= 0:
                end = data.index(_START, begin + 4)
                data = data[:begin] + change(data[begin:end]) + data[end:]
            packet = av.Packet(data)
            packet.stream, packet.pts, packet.dts, packet.duration = track, source.pts, source.dts, 1
            packet.time_base, packet.is_keyframe = tick, source.is_keyframe
            output.mux(packet)
