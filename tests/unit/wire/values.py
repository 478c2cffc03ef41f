"""Values of any record: drawn by hypothesis, or fixed ones for golden bytes."""

from __future__ import annotations

import dataclasses
import json
import math
from functools import cache
from typing import Any

import fastavro
from hypothesis import strategies as st

from app.wire import codec_of
from app.wire.shape import Entries, Items, Nullable, Primitive, Record, Shape, Symbols
from schemas import records

CLASSES = [held_as for _, held_as in sorted(vars(records).items()) if dataclasses.is_dataclass(held_as)]

PRIMITIVES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=40),
    "bytes": st.binary(max_size=200),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False, width=32),
    "double": st.floats(allow_nan=False, allow_infinity=False),
}


@cache  # hypothesis works out what a strategy can draw once for each object
def values_of(shape: Shape) -> st.SearchStrategy[Any]:
    """Return a strategy for everything a shape can hold."""
    match shape:
        case Primitive(name):
            return PRIMITIVES[name]
        case Symbols(symbols):
            return st.sampled_from(symbols)
        case Nullable(inner):
            return st.none() | values_of(inner)
        case Items(inner, container):
            return st.lists(values_of(inner), max_size=3).map(container)
        case Entries(inner):
            return st.dictionaries(st.text(max_size=10), values_of(inner), max_size=3)
        case Record(held_as, fields):
            return st.builds(held_as, **{name: values_of(inner) for name, inner in fields})


def fixed_value(shape: Shape, name: str) -> Any:
    """Return one value of a shape that depends on nothing but the field's name."""
    number = len(name)
    match shape:
        case Primitive("string"):
            return f"{name} ü"
        case Primitive("bytes"):
            return bytes(range(number))
        case Primitive("boolean"):
            return number % 2 == 0
        case Primitive("int"):
            return -number if number % 2 else number * 1000
        case Primitive("long"):
            return number * -(10**12) if number % 2 else 1_700_000_000_000_000 + number
        case Primitive():
            return number / 8
        case Symbols(symbols):
            return symbols[number % len(symbols)]
        case Nullable(inner):
            return None if number % 2 else fixed_value(inner, name)
        case Items(inner, container):
            return container(fixed_value(inner, f"{name}{place}"[:-1] + "x" * place) for place in range(2))
        case Entries(inner):
            return {key: fixed_value(inner, name + key) for key in ("a", "other key")}
        case Record(held_as, fields):
            return held_as(**{field: fixed_value(inner, field) for field, inner in fields})


def by_fastavro(record: Any) -> bytes:
    """Return a record's bytes as the general Avro library writes them."""
    import io

    stream = io.BytesIO()
    schema = fastavro.parse_schema(json.loads(codec_of(type(record)).definition))
    fastavro.schemaless_writer(stream, schema, dataclasses.asdict(record))
    return stream.getvalue()


def without(definition: str, record: str, field: str) -> str:
    """Return a definition as it was before a record had a field."""
    content = json.loads(definition)
    for one in _records_in(content):
        if one["name"] == record:
            one["fields"] = [kept for kept in one["fields"] if kept["name"] != field]
    return json.dumps(content)


def with_field(definition: str, record: str, field: dict[str, Any]) -> str:
    """Return a definition as it will be once a record has one more field."""
    content = json.loads(definition)
    for one in _records_in(content):
        if one["name"] == record:
            one["fields"].append(field)
    return json.dumps(content)


def _records_in(content: Any) -> list[dict[str, Any]]:
    match content:
        case {"type": "record"}:
            return [content, *(found for field in content["fields"] for found in _records_in(field["type"]))]
        case {"items": inner} | {"values": inner}:
            return _records_in(inner)
        case list():
            return [found for one in content for found in _records_in(one)]
    return []


NOT_FINITE = (math.nan, math.inf, -math.inf)
