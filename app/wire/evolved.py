"""Reads records that another version of a schema wrote: Avro's schema resolution, by fastavro, into our dataclasses.

The slow way (about ten times), for as long as an older or newer producer is around; our own version is decoded by
compiled code.
"""

from __future__ import annotations

import io
import json
from typing import Any, NoReturn

import fastavro
from fastavro.read import SchemaResolutionError

from app.errors import MalformedRecord
from app.wire.codec import RecordCodec
from app.wire.faults import fault_of
from app.wire.shape import Entries, Items, Nullable, Record, Shape


class EvolvedCodec:
    """Decode records of one foreign writer schema as our version of the record."""

    def __init__(self, ours: RecordCodec[Any], writer_definition: str) -> None:
        self.name = ours.name
        self._shape = ours.shape
        self._writer = fastavro.parse_schema(json.loads(writer_definition))
        self._reader = fastavro.parse_schema(json.loads(ours.definition))

    def decode(self, data: bytes, at: int) -> Any:
        """Return the record that begins at a position and ends with the data; raises MalformedRecord."""
        stream = io.BytesIO(data)
        stream.seek(at)
        try:
            record = as_record(self._shape, fastavro.schemaless_reader(stream, self._writer, self._reader))
        except (EOFError, IndexError, KeyError, ValueError, TypeError, OverflowError, SchemaResolutionError) as error:
            self._refuse(data, f"another version's record does not become ours ({type(error).__name__}: {error})")
        if stream.tell() != len(data):
            self._refuse(data, f"{len(data) - stream.tell()} bytes follow its end")
        if why := fault_of(self._shape, record):
            self._refuse(data, why)
        return record

    def _refuse(self, data: bytes, why: str) -> NoReturn:
        raise MalformedRecord(
            f"{len(data)} bytes that should be a {self.name}",
            why,
            "find the producer that wrote it, correct it, then replay the letter",
        )


def as_record(shape: Shape, value: Any) -> Any:
    """Return plain dicts and lists as the dataclasses, tuples and dicts of a shape."""
    match shape:
        case Nullable(inner):
            return None if value is None else as_record(inner, value)
        case Items(inner, container):
            return container(as_record(inner, one) for one in value)
        case Entries(inner):
            return {key: as_record(inner, one) for key, one in value.items()}
        case Record(held_as, fields):
            return held_as(**{name: as_record(inner, value[name]) for name, inner in fields})
    return value
