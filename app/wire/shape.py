"""Pairs an Avro definition with the dataclass that holds it: what to write and read, and into which classes."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from typing import Any

PRIMITIVE_HINTS: dict[str, type] = {
    "boolean": bool,
    "int": int,
    "long": int,
    "float": float,
    "double": float,
    "bytes": bytes,
    "string": str,
}


@dataclass(frozen=True, slots=True)
class Primitive:
    """A value without parts: boolean, int, long, float, double, bytes, string."""

    name: str


@dataclass(frozen=True, slots=True)
class Symbols:
    """An enumeration, held as its symbol."""

    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nullable:
    """A union of null and one other."""

    inner: Shape


@dataclass(frozen=True, slots=True)
class Items:
    """An array, held as a tuple or a list."""

    inner: Shape
    container: type


@dataclass(frozen=True, slots=True)
class Entries:
    """A map with string keys, held as a dict."""

    inner: Shape


@dataclass(frozen=True, slots=True)
class Record:
    """A record, held as an instance of `held_as`."""

    held_as: type
    fields: tuple[tuple[str, Shape], ...]


Shape = Primitive | Symbols | Nullable | Items | Entries | Record


def shape_of(definition: Any, held_as: Any) -> Shape:
    """Return the shape of a definition held as a dataclass (or as the type hint of a field);
    raises TypeError where they disagree."""
    return _shape(definition, held_as, {})


def _shape(kind: Any, hint: Any, named: dict[str, Any]) -> Shape:
    if isinstance(kind, str) and kind in named:
        kind = named[kind]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    match kind:
        case str() if PRIMITIVE_HINTS.get(kind) is hint:
            return Primitive(kind)
        case {"type": "enum", "name": name, "symbols": [*symbols]} if set(arguments) == set(symbols):
            named[name] = kind
            return Symbols(tuple(symbols))
        case ["null", inner] if origin in (types.UnionType, typing.Union) and arguments[1] is types.NoneType:
            return Nullable(_shape(inner, arguments[0], named))
        case {"type": "array", "items": inner} if (origin is tuple and arguments[1:] == (...,)) or origin is list:
            return Items(_shape(inner, arguments[0], named), origin)
        case {"type": "map", "values": inner} if arguments and issubclass(dict, origin) and arguments[0] is str:
            return Entries(_shape(inner, arguments[1], named))
        case {"type": "record", "name": name, "fields": [*fields]} if isinstance(hint, type) and hint.__name__ == name:
            named[name] = kind
            hints = typing.get_type_hints(hint)
            ours, theirs = [field.name for field in dataclasses.fields(hint)], [field["name"] for field in fields]
            if ours != theirs:
                raise TypeError(f"{name}: the dataclass has {ours}, the .avsc file {theirs}")
            return Record(
                hint, tuple((field["name"], _shape(field["type"], hints[field["name"]], named)) for field in fields)
            )
    raise TypeError(f"the .avsc says {kind!r}, the dataclass {hint!r}")
