"""Bytes of one logged result to what it says and when; what cannot be used is told in one line."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Literal

import msgspec

from app.errors import UnusableResult
from app.lake.contract import SdkResult
from schemas.records import PlatesRecognized

RESULT_LIMIT_BYTES = 4 << 20
ID_BYTES = 16
EARLIEST_US, LATEST_US = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000 for year in (2000, 2100))
_contract, _meaning = msgspec.json.Decoder(SdkResult | None), msgspec.msgpack.Encoder()
Reason = Literal["source", "size", "content", "clock", "no time", "time"]
"""What is wrong: nobody named, too many bytes, not the SDK's JSON, a year that cannot be, no time, no time's form."""

REMEDY = "correct the program that logged it, or drop the letter"


class Result(msgspec.Struct, frozen=True, gc=False):
    """One result under its id: the same source, time and content are the same result, however often it is sent."""

    result_id: str
    source_id: str
    at_us: int
    image_uri: str
    said: SdkResult


def read_result(raw: bytes, source_id: str, image_uri: str = "", at_us: int | None = None) -> Result:
    """Return a result; its time is the envelope's, else the log's `timestamp`. Raises UnusableResult."""
    if not source_id:
        raise _unusable("source", "it names no source", source_id)
    if len(raw) > RESULT_LIMIT_BYTES:
        raise _unusable("size", f"it has {len(raw)} bytes; one result has at most {RESULT_LIMIT_BYTES}", source_id)
    try:
        said = _contract.decode(raw) or SdkResult(frame_id=0)  # `null` is how some versions say that nothing was found
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unusable("content", f"it is not what the SDK writes ({error})", source_id) from error
    when_us = _time_us(said.timestamp, source_id) if at_us is None else at_us
    if not EARLIEST_US <= when_us < LATEST_US:
        raise _unusable("clock", f"its time {_shown(when_us)} us lies outside the years 2000 to 2099", source_id)
    return Result(identity(said, source_id, when_us), source_id, when_us, image_uri, said)


def read_recognized(record: PlatesRecognized) -> Result:
    """Return the result that a record carries; raises UnusableResult."""
    return read_result(record.result, record.source_id, record.image_uri, record.seen_at_us or None)


def identity(said: SdkResult, source_id: str, at_us: int) -> str:
    """Return the id of a result: of what the contract says of it, not of how it was written nor of keys beyond it."""
    return blake2b(_meaning.encode((source_id, at_us, said)), digest_size=ID_BYTES).hexdigest()


def _time_us(timestamp: float | str | None, source_id: str) -> int:
    """Return a logged time: ISO 8601 (UTC unless it says otherwise), or seconds, ms or us since 1970 by their size."""
    if timestamp is None or timestamp == "":
        raise _unusable("no time", "neither the envelope nor the key `timestamp` says when it was", source_id)
    if isinstance(timestamp, str):
        try:
            parsed = datetime.fromisoformat(timestamp)
        except ValueError as error:
            raise _unusable("time", f"timestamp {_shown(timestamp)} is no ISO 8601 time", source_id) from error
        aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        return round(aware.timestamp() * 1_000_000)
    for limit, factor in ((1e11, 1_000_000), (1e14, 1000)):
        if abs(timestamp) < limit:
            return round(timestamp * factor)
    return round(timestamp)


def _unusable(reason: Reason, why: str, source_id: str) -> UnusableResult:
    return UnusableResult(f"plate result of source {source_id[:100]!r}", why, REMEDY, reason)


def _shown(value: Any, most: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= most else text[:most] + "…"
