"""W3C trace context in the headers of records: carried from a record to all that is made of it, told in log lines.

A segment that `roadsieve replay` sends has its segment id as trace id, so whoever knows one finds the other. What a
producer of its own sends in `traceparent` and `tracestate` is carried as it is. Roadsieve opens no spans of its own: it
passes the context on and names it (W3C Trace Context, "pass-through").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Headers = Sequence[tuple[str, bytes | None]]

PARENT, STATE = "traceparent", "tracestate"
_PARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_SPAN_HEX = 16


def begin_trace(segment_id: str) -> list[tuple[str, bytes | None]]:
    """Return the headers of a segment (32 hex characters) that nobody traced before; the same for the same segment."""
    return [(PARENT, f"00-{segment_id}-{segment_id[-_SPAN_HEX:]}-01".encode())]


def carried(headers: Headers) -> list[tuple[str, bytes | None]]:
    """Return those of a record's headers that go on to what is made of it."""
    return [(name, value) for name, value in headers if name in (PARENT, STATE)]


def trace_id(headers: Headers) -> str:
    """Return the trace id that a record carries, "" where it carries none that can be read."""
    for name, value in headers:
        if name == PARENT and value is not None and (found := _PARENT.fullmatch(value)):
            return found[1].decode()
    return ""
