"""Finds the results in a log file: one JSON, JSON Lines, or an array of results; plain, gzip or zstd."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
import pyzstd

from app.errors import MalformedRecord
from app.lake.reading import RESULT_LIMIT_BYTES

ARRAY_LIMIT_BYTES = 256 << 20
"""An array is read whole before its first result is known to be one."""

UTF_8_MARK, UTF_16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_BROKEN = (OSError, EOFError, zlib.error, pyzstd.ZstdError)


@dataclass(frozen=True, slots=True)
class Logged:
    """One result as a file has it; `place` says where, as in `line 3`."""

    place: str
    raw: bytes


def results_in(path: Path, name: str = "") -> Iterator[Logged | MalformedRecord]:
    """Yield the results of a file; a place that holds none that could be sent is told, and the rest goes on.

    Errors call the log by its name, where it has another one than its file.

    Raises MalformedRecord for a file that cannot be read any farther.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(_opened(path))
            yield from _results(name or str(path), file)
        except _BROKEN as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            what = f"log {name or path}"
            raise MalformedRecord(what, f"it cannot be read: {why}", "copy it again, or repair it") from error


def _opened(path: Path) -> BinaryIO:
    file = path.open("rb")
    start = file.peek(4)[:4]
    if start.startswith(_GZIP):
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    if start == _ZSTD:
        return cast(BinaryIO, pyzstd.ZstdFile(file))
    return file


def _results(name: str, file: BinaryIO) -> Iterator[Logged | MalformedRecord]:
    lines = _lines(file)
    first = next(lines, b"").removeprefix(UTF_8_MARK)
    if first.startswith(UTF_16_MARKS) or b"\0" in first[:4]:
        raise MalformedRecord(f"log {name}", "it is written in UTF-16 or UTF-32", "write it in UTF-8")
    while first and not first.strip():
        first = next(lines, b"")
    if not first:
        raise MalformedRecord(f"log {name}", "it is empty", "leave it out")
    if first.lstrip()[:1] == b"[":
        yield from _array(name, first, file)
        return
    if len(first) > RESULT_LIMIT_BYTES or _is_whole(first):
        for number, line in enumerate(chain([first], lines), start=1):
            if len(line) > RESULT_LIMIT_BYTES and not line.endswith(b"\n"):
                yield _too_long(f"log {name}, line {number}", RESULT_LIMIT_BYTES, "split the log into its results")
                _skip_line(file)
            elif line.strip():
                yield Logged(f"line {number}", line.strip())
        return
    whole = first + file.read(RESULT_LIMIT_BYTES - len(first) + 1)
    if len(whole) > RESULT_LIMIT_BYTES:
        raise _too_long(f"log {name}", RESULT_LIMIT_BYTES, "write one result a line (JSON Lines)")
    yield Logged("the file", whole.strip())


def _array(name: str, first: bytes, file: BinaryIO) -> Iterator[Logged]:
    whole = first + file.read(ARRAY_LIMIT_BYTES - len(first) + 1)
    if len(whole) > ARRAY_LIMIT_BYTES:
        raise _too_long(f"log {name}", ARRAY_LIMIT_BYTES, "write one result a line (JSON Lines) instead of an array")
    try:
        parts = msgspec.json.decode(whole, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedRecord(f"log {name}", f"it is no JSON array ({error})", "correct or repair it") from error
    for number, part in enumerate(parts, start=1):
        yield Logged(f"result {number}", bytes(part))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines, none longer than a result and one byte: whoever takes one that is longer skips its rest."""
    return iter(lambda: file.readline(RESULT_LIMIT_BYTES + 1), b"")


def _skip_line(file: BinaryIO) -> None:
    while (rest := file.readline(RESULT_LIMIT_BYTES)) and not rest.endswith(b"\n"):
        pass


def _is_whole(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _too_long(what: str, limit_bytes: int, remedy: str) -> MalformedRecord:
    return MalformedRecord(what, f"it is longer than {limit_bytes >> 20} MiB", remedy)
