"""The resume record of replay: which clips were sent to which destination, and how far; it survives a kill at any byte.

An append-only file of lines, `JSON <tab> CRC-32 in hex`. Each line is one write of the whole line, so that a crash
tears at most the last one; a torn or damaged line does not count, which costs no more than sending a few segments
again (downstream an equal segment is the same segment). The file is synced when it is closed; a tail lost by a
power cut costs the same.
"""

from __future__ import annotations

import errno
import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from zlib import crc32

from app.errors import OperatorError


@dataclass(frozen=True, slots=True)
class Sent:
    """How far a clip was sent: the number of segments the broker has, and whether that was all."""

    segments: int = 0
    complete: bool = False


class ResumeRecord:
    """Remember what was sent; one file, open for appending."""

    def __init__(self, path: Path) -> None:
        """Read the file, if there is one, and open it for appending; raises OperatorError where that is impossible."""
        self._path = path
        self._entries: dict[tuple[str, str], Sent] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise OperatorError(
                f"resume record {path}",
                f"it cannot be opened ({error.strerror})",
                "make the folder writable or set ROADSIEVE_HOME",
            ) from error
        torn = b"\n"
        with open(self._file, "rb", closefd=False) as lines:
            for torn in lines:
                self._take(torn)
        if not torn.endswith(b"\n"):
            os.write(self._file, b"\n")

    def sent(self, clip_id: str, destination: str) -> Sent:
        """Return how far a clip was sent to a destination."""
        return self._entries.get((clip_id, destination), Sent())

    def note(self, clip_id: str, destination: str, sent: Sent) -> None:
        """Append how far a clip was sent, unless it was farther before; raises OperatorError when the disk refuses."""
        before = self.sent(clip_id, destination)
        if before.complete or (sent.segments <= before.segments and not sent.complete):
            return
        entry = {"clip": clip_id, "to": destination, "segments": sent.segments, "complete": sent.complete}
        line = line_of(entry)
        try:
            if os.write(self._file, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise OperatorError(
                f"resume record {self._path}", f"it cannot be written ({error.strerror})", "make room, then run again"
            ) from error
        self._entries[clip_id, destination] = sent

    def close(self) -> None:
        """Sync and close the file."""
        os.fsync(self._file)
        os.close(self._file)

    def __enter__(self) -> ResumeRecord:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _take(self, line: bytes) -> None:
        body, _, check = line.rstrip(b"\n").rpartition(b"\t")
        if f"{crc32(body):08x}".encode() != check:
            return
        entry = json.loads(body)
        self._entries[entry["clip"], entry["to"]] = Sent(entry["segments"], entry["complete"])


def line_of(entry: dict[str, object]) -> bytes:
    """Return an entry as a line with its checksum."""
    body = json.dumps(entry, separators=(",", ":")).encode()
    return body + f"\t{crc32(body):08x}\n".encode()
