"""A record that its stage wrote as Avro itself, where making the record first would cost more than writing it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Encoded:
    """Hold the Avro body of a record; it must be what the record's codec writes."""

    held_as: type
    body: bytes
