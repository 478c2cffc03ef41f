"""Where the next page begins: the snapshots of the tables and the place of the last row, as one opaque text; pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from app.lake_api.refusals import WrongQuestion

Place = Sequence[str | int | float | bool | None]
"""Values of a row in the columns of the order; times as microseconds."""

MOST_CHARACTERS = 16_384


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Hold on to what was read: later commits change no later page."""

    question: str
    """Fingerprint of the question without limit, columns and format: a cursor goes on with its own question only."""
    snapshots: dict[str, int | None]
    place: tuple[str | int | float | bool | None, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """What a question begins with when it has no cursor."""

    snapshots: Mapping[str, int | None]
    place: Place | None = None


_decoder = msgspec.json.Decoder(Cursor)


def written(cursor: Cursor) -> str:
    """Return a cursor as text for URLs and JSON."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read(text: str, question: str, kinds: Sequence[type], tables: Sequence[str]) -> Cursor:
    """Return what a text says; `kinds`: the types in the order's columns. Raises WrongQuestion for another's."""
    try:
        if len(text) > MOST_CHARACTERS:
            raise ValueError
        cursor = _decoder.decode(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _wrong("it is none of this API") from error
    if cursor.question != question or set(cursor.snapshots) != set(tables):
        raise _wrong("it belongs to another question")
    if len(cursor.place) != len(kinds) or not all(map(_fits, cursor.place, kinds)):
        raise _wrong("its place is none in this order")
    return cursor


def _fits(value: str | int | float | bool | None, kind: type) -> bool:
    if value is None:
        return True
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is kind and not (kind is int and not -(2**63) <= int(value) < 2**63)


def _wrong(why: str) -> WrongQuestion:
    return WrongQuestion("cursor", why, "send the question of the first page with the cursor of its answer")
