"""Reads the .avsc files: the definition of a record by name, with every record it mentions written out in place."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})


def file_of(name: str) -> Path:
    """Return the .avsc file of a record: SegmentStored lies in segment_stored.avsc."""
    return FOLDER / (re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower() + ".avsc")


def names() -> list[str]:
    """Return the names of all records, sorted."""
    return sorted("".join(word.capitalize() for word in path.stem.split("_")) for path in FOLDER.glob("*.avsc"))


@cache
def definition(name: str) -> str:
    """Return the definition of a record as JSON text that needs no other file; raises KeyError for a name without a
    file.

    A record mentioned twice is written out at its first mention and named at the next, as Avro demands.
    """
    return json.dumps(_written_out(name, set()))


def _written_out(kind: Any, known: set[str]) -> Any:
    match kind:
        case str() if kind in PRIMITIVES or kind in known:
            return kind
        case str():
            path = file_of(kind)
            if not path.exists():
                raise KeyError(f"no record {kind!r}: {path.name} is not in {FOLDER}")
            known.add(kind)
            return _written_out(json.loads(path.read_text(encoding="utf-8")), known)
        case list():
            return [_written_out(one, known) for one in kind]
        case {"type": "record"}:
            return kind | {"fields": [field | {"type": _written_out(field["type"], known)} for field in kind["fields"]]}
        case {"type": "array"}:
            return kind | {"items": _written_out(kind["items"], known)}
        case {"type": "map"}:
            return kind | {"values": _written_out(kind["values"], known)}
        case {"type": "enum", "name": name}:
            if name in known:
                return name
            known.add(name)
            return kind
    raise ValueError(f"an .avsc file holds a type that roadsieve does not use: {kind!r}")
