"""Avro's numbers and strings as bytes: zigzag varints of up to 64 bits and length-prefixed UTF-8.

Formulas: Apache Avro specification, "Binary encoding". A reader takes (data, at) and returns (value, position after
it); it raises IndexError past the end and ValueError for what no writer may send. Callers handle the one-byte case
themselves.
"""

from __future__ import annotations

import operator

INT_LIMIT = 1 << 31
LONG_LIMIT = 1 << 63


def _varint(number: int) -> bytes:
    zigzag = number << 1 if number >= 0 else ~(number << 1)
    out = bytearray()
    while zigzag > 127:
        out.append(zigzag & 127 | 128)
        zigzag >>= 7
    out.append(zigzag)
    return bytes(out)


SMALL: dict[int, bytes] = {number: _varint(number) for number in range(-64, 4096)}
PAIRS = [
    bytes((two & 127 | 128, two >> 7 | 128)) for two in range(1 << 14)
]  # two continued groups of seven bits at a time
LAST_PAIRS = [bytes((two & 127 | 128, two >> 7)) for two in range(1 << 14)]
REMEMBERED: dict[str, bytes] = {}
KNOWN: dict[bytes, str] = {}
REMEMBERED_LENGTH = 24
REMEMBERED_COUNT = 4096


def write_long(number: int) -> bytes:
    """Encode a number of 64 bits; raises ValueError when it needs more."""
    number = operator.index(number)  # a NumPy number would wrap around silently
    if not -LONG_LIMIT <= number < LONG_LIMIT:
        raise ValueError(f"{number} does not fit 64 bits")
    zigzag = number << 1 if number >= 0 else ~(number << 1)
    if 1 << 49 <= zigzag < 1 << 56:  # eight groups, as times of these decades in microseconds have: without a loop
        return (
            PAIRS[zigzag & 16383] + PAIRS[zigzag >> 14 & 16383] + PAIRS[zigzag >> 28 & 16383] + LAST_PAIRS[zigzag >> 42]
        )
    out = b""
    while zigzag > 16383:
        out += PAIRS[zigzag & 16383]
        zigzag >>= 14
    return out + (bytes((zigzag & 127 | 128, zigzag >> 7)) if zigzag > 127 else bytes((zigzag,)))


def write_int(number: int) -> bytes:
    """Encode a number of 32 bits; raises ValueError when it needs more."""
    if not -INT_LIMIT <= number < INT_LIMIT:
        raise ValueError(f"{number} does not fit 32 bits")
    return write_long(number)


def write_text(text: str) -> bytes:
    """Encode a string; short ones are remembered, because labels and attribute values come again and again."""
    body = text.encode()
    encoded = (SMALL.get(len(body)) or write_long(len(body))) + body
    if len(body) <= REMEMBERED_LENGTH:
        if len(REMEMBERED) >= REMEMBERED_COUNT:
            REMEMBERED.clear()
        REMEMBERED[text] = encoded
    return encoded


def read_long(data: bytes, at: int) -> tuple[int, int]:
    """Decode a number of 64 bits."""
    zigzag = data[at]
    at += 1
    if zigzag > 127:
        zigzag &= 127
        shift = 7
        while (group := data[at]) > 127:
            zigzag |= (group & 127) << shift
            shift += 7
            at += 1
            if shift > 63:
                raise ValueError("a number is longer than ten bytes")
        zigzag |= group << shift
        at += 1
        if zigzag >> 64:
            raise ValueError("a number does not fit 64 bits")
    return (zigzag >> 1) ^ -(zigzag & 1), at


def read_int(data: bytes, at: int) -> tuple[int, int]:
    """Decode a number of 32 bits."""
    number, at = read_long(data, at)
    if not -INT_LIMIT <= number < INT_LIMIT:
        raise ValueError(f"the number {number} does not fit 32 bits")
    return number, at


def read_length(data: bytes, at: int) -> tuple[int, int]:
    """Decode the length of a string or of bytes."""
    length, at = read_long(data, at)
    if length < 0:
        raise ValueError(f"a length of {length}")
    if length > len(data) - at:
        raise IndexError
    return length, at


def read_count(data: bytes, at: int) -> tuple[int, int]:
    """Decode the count of an array's or map's block; a negative count is followed by the block's size,
    which is skipped."""
    count, at = read_long(data, at)
    if count < 0:
        count = -count
        _, at = read_long(data, at)
    return count, at


def read_text(raw: bytes) -> str:
    """Decode a string; short ones are remembered, so that a label read a thousand times is one object."""
    text = raw.decode()
    if len(raw) <= REMEMBERED_LENGTH:
        if len(KNOWN) >= REMEMBERED_COUNT:
            KNOWN.clear()
        KNOWN[raw] = text
    return text
