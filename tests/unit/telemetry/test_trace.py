"""Laws of trace context: a segment is its own trace, what others send is carried, nonsense is no trace."""

from __future__ import annotations

import pytest

from app.telemetry.trace import begin_trace, carried, trace_id

SEGMENT = "54bc39ba" * 4


def test_the_trace_id_of_a_segment_is_its_id() -> None:
    headers = begin_trace(SEGMENT)
    assert trace_id(headers) == SEGMENT
    assert headers == begin_trace(SEGMENT)


def test_only_the_context_is_carried() -> None:
    context = [("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-00"), ("tracestate", b"vendor=1")]
    assert carried([("other", b"x"), *context]) == context
    assert carried([("other", b"x")]) == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"00-" + b"0" * 32 + b"-" + b"b" * 16 + b"-01",
        b"00-" + b"a" * 32 + b"-" + b"0" * 16 + b"-01",
        b"ff-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01",
        b"00-" + b"A" * 32 + b"-" + b"b" * 16 + b"-01",
        b"\xff\xfe",
    ],
)
def test_what_is_no_context_has_no_trace_id(value: bytes | None) -> None:
    assert trace_id([("traceparent", value)]) == ""


def test_a_later_version_may_say_more() -> None:
    assert trace_id([("traceparent", b"01-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01-more")]) == "a" * 32
