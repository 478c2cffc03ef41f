"""Encodes and decodes one kind of record, plainly (no framing): what a wrong value or wrong bytes were,
said by field."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from functools import cache
from typing import Generic, NoReturn, Protocol, TypeVar

from app.errors import MalformedRecord
from app.wire.faults import fault_of
from app.wire.reading import decoder
from app.wire.shape import Record, shape_of
from app.wire.writing import encoder
from schemas.definitions import definition

R = TypeVar("R")

WRONG_VALUES = (TypeError, ValueError, AttributeError, KeyError, OverflowError, struct.error)
WRONG_BYTES = (IndexError, ValueError, KeyError, OverflowError, struct.error)


class RowCodec(Protocol[R]):
    """Turn a row of a state table into bytes and back; equal rows give equal bytes."""

    def encode(self, record: R) -> bytes:
        """Return the bytes of a row; raises MalformedRecord."""

    def decode(self, data: bytes) -> R:
        """Return the row that the bytes hold; raises MalformedRecord."""


class RecordCodec(Generic[R]):
    """Encode and decode one record class by its .avsc definition, without framing."""

    def __init__(self, held_as: type[R]) -> None:
        self.held_as = held_as
        self.name = held_as.__name__
        self.definition = definition(self.name)
        shape = shape_of(json.loads(self.definition), held_as)
        assert isinstance(shape, Record)  # an .avsc file defines a record
        self.shape = shape
        self._encode = encoder(shape)
        self._decode: Callable[[bytes, int], tuple[R, int]] = decoder(shape)

    def encode(self, record: R, prefix: bytes = b"") -> bytes:
        """Return prefix and body; raises MalformedRecord that names the field whose value does not fit."""
        try:
            return self._encode(record, prefix)
        except WRONG_VALUES as error:
            why = fault_of(self.shape, record) or f"{type(error).__name__}: {error}"
            raise MalformedRecord(f"a {self.name} to be written", why, "correct the stage that made it") from error

    def decode(self, data: bytes, at: int = 0) -> R:
        """Return the record that begins at a position and ends with the data; raises MalformedRecord."""
        try:
            record, end = self._decode(data, at)
        except WRONG_BYTES as error:
            short = isinstance(error, (IndexError, struct.error))
            self._refuse(data, "it ends early" if short else str(error), error)
        if end != len(data):
            self._refuse(data, "it ends early" if end > len(data) else f"{len(data) - end} bytes follow its end", None)
        return record

    def _refuse(self, data: bytes, why: str, error: Exception | None) -> NoReturn:
        raise MalformedRecord(
            f"{len(data)} bytes that should be a {self.name}",
            why,
            "find the producer that wrote it, correct it, then replay the letter",
        ) from error


@cache
def codec_of(held_as: type[R]) -> RecordCodec[R]:
    """Return the codec of a record class, compiled once per process."""
    return RecordCodec(held_as)
