"""Finds which field of a record does not fit its schema, and why: asked only after an encoder has refused it."""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from app.wire.shape import Entries, Items, Nullable, Primitive, Record, Shape, Symbols
from app.wire.varint import INT_LIMIT, LONG_LIMIT


def fault_of(shape: Shape, value: Any, path: str = "") -> str | None:
    """Return the first fault as "frames[3].objects[0].x1_px is nan, …", or None when there is none."""
    where = path or "it"
    match shape:
        case Primitive(name):
            fault = _primitive_fault(name, value)
            return fault and f"{where} is {_shown(value)}, {fault}"
        case Symbols(symbols):
            return None if value in symbols else f"{where} is {_shown(value)}, not one of {', '.join(symbols)}"
        case Nullable(inner):
            return None if value is None else fault_of(inner, value, path)
        case Items(inner):
            if not isinstance(value, Sequence) or isinstance(value, str | bytes):
                return f"{where} is {_shown(value)}, not a sequence"
            faults = (fault_of(inner, one, f"{path}[{place}]") for place, one in enumerate(value))
            return next(filter(None, faults), None)
        case Entries(inner):
            if not isinstance(value, Mapping):
                return f"{where} is {_shown(value)}, not a mapping"
            keys = (fault_of(Primitive("string"), key, f"a key of {where}") for key in value)
            faults = (fault_of(inner, one, f"{path}[{key!r}]") for key, one in value.items())
            return next(filter(None, keys), None) or next(filter(None, faults), None)
        case Record(held_as, fields):
            if not isinstance(value, held_as):
                return f"{where} is {_shown(value)}, not a {held_as.__name__}"
            faults = (fault_of(inner, getattr(value, name), f"{path}.{name}".lstrip(".")) for name, inner in fields)
            return next(filter(None, faults), None)


def _primitive_fault(name: str, value: Any) -> str | None:
    match name:
        case "string":
            if not isinstance(value, str):
                return "not a string"
            return None if _encodes(value) else "which UTF-8 cannot hold"
        case "bytes":
            return None if isinstance(value, bytes | bytearray | memoryview) else "not bytes"
        case "boolean":
            return None if value in (True, False) else "neither true nor false"
        case "int" | "long":
            limit = INT_LIMIT if name == "int" else LONG_LIMIT
            try:
                return None if -limit <= operator.index(value) < limit else f"too large for {limit.bit_length()} bits"
            except TypeError:
                return "not a whole number"
        case _:
            try:
                struct.pack("<f" if name == "float" else "<d", value)
            except struct.error:
                return "not a number"
            except OverflowError:
                return "too large for 32 bits"
            return None if math.isfinite(value) else "and numbers must be finite"


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
