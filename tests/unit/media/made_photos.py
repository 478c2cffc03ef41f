"""Picture files made for tests: any coder, any depth, an EXIF turn, headers that lie."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction

import av
import numpy as np
from av.video.reformatter import ColorRange


def encoded(codec: str, pixel_format: str, pixels: np.ndarray, given_as: str = "bgr24") -> bytes:
    """Return a picture file of the pixels."""
    frame = av.VideoFrame.from_ndarray(pixels, format=given_as)
    encoder = av.VideoCodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, pixel_format
    encoder.time_base = Fraction(1, 1)
    if codec == "mjpeg":
        encoder.color_range = ColorRange.JPEG
    frame = frame.reformat(format=pixel_format)
    frame.pts = 0
    return b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))


def jpeg(pixels: np.ndarray) -> bytes:
    """Return BGR pixels as a JPEG file."""
    return encoded("mjpeg", "yuvj420p", pixels)


def turned_jpeg(pixels: np.ndarray, orientation: int) -> bytes:
    """Return BGR pixels as a JPEG file whose EXIF data claims an orientation (tag 0x0112 of TIFF 6.0)."""
    entry = struct.pack(">HHHIHH", 1, 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0" + b"MM\0*" + struct.pack(">I", 8) + entry + struct.pack(">I", 0)
    plain = jpeg(pixels)
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:]


def png_claiming(width_px: int, height_px: int) -> bytes:
    """Return a PNG file that claims a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
