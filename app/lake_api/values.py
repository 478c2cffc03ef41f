"""Values of filters by the kind of their column: what JSON gave, checked and made comparable; pure."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from typing_extensions import TypeIs

from app.lake.tables import Column
from app.lake_api.refusals import WrongQuestion

Value = str | int | float | bool | datetime
_WHOLE_LIMIT = 2**63
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_WANTED = {
    "text": "a text", "whole": "a whole number of 64 bits", "number": "a finite number", "truth": "true or false",
    "time": 'an ISO 8601 time from 1970 to 2199 such as "2026-11-25T18:23:00Z"',
}  # fmt: skip


def value_of(column: Column, given: object) -> Value:
    """Return a value as its column has it, times without a zone as UTC; raises WrongQuestion."""
    made = _made(column, given)
    if made is None:
        wanted = _WANTED.get(column.kind, "compared, which a list of numbers cannot be")
        raise WrongQuestion(f"column {column.name}", f"{_shown(given)} is not {wanted}", f"its kind is {column.kind}")
    return made


def time_of(given: str) -> datetime | None:
    """Return an ISO 8601 time in UTC, None for what is none or far outside."""
    try:
        parsed = datetime.fromisoformat(given)
        aware = parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return aware if _EARLIEST <= aware < _LATEST else None


def _made(column: Column, given: object) -> Value | None:
    match column.kind:
        case "text" if isinstance(given, str) and _is_unicode(given):
            return given
        case "truth" if isinstance(given, bool):
            return given
        case "whole" if _is_number(given) and given == int(given) and -_WHOLE_LIMIT <= given < _WHOLE_LIMIT:
            return int(given)
        case "number" if _is_number(given):
            return float(given)
        case "time" if isinstance(given, str):
            return time_of(given)
    return None


def _is_number(given: object) -> TypeIs[int | float]:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return False
    return math.isfinite(given) if isinstance(given, float) else abs(given) < 2**1000


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can write and nothing can mean
        return False
    return True


def _shown(given: object, most: int = 60) -> str:
    text = ascii(given)
    return text if len(text) <= most else text[:most] + "…"
