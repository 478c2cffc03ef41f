"""Port of the schema registry: which schemas exist under which ids. Workers read it at start, `schemas register`
and `topics create` write it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

from fastavro.schema import to_parsing_canonical_form

NAMESPACE = "roadsieve"


@dataclass(frozen=True, slots=True)
class RegisteredSchema:
    """One version of a record's schema under its id, which is unique over all subjects."""

    schema_id: int
    subject: str
    version: int
    definition: str


class Registry(Protocol):
    """Hold the schemas of records by subject; a subject is the record's full name."""

    async def versions(self, subject: str) -> Sequence[RegisteredSchema]:
        """Return every version of a subject, oldest first; none for an unknown subject;
        raises InfrastructureError, OperatorError."""

    async def register(self, subject: str, definition: str) -> RegisteredSchema:
        """Return the version with this definition, added if the subject has none of the same canonical form;
        raises as above."""


@runtime_checkable
class Guarded(Protocol):
    """What a registry also does that others write to: it holds each new version against those that are there."""

    async def compatibility(self, subject: str) -> str:
        """Return the level that a subject demands, as in FULL_TRANSITIVE; raises as a Registry does."""

    async def demand(self, subject: str, level: str) -> None:
        """Set the level that a subject demands from now on; raises as above."""


def subject_of(record_name: str) -> str:
    """Return the subject of a record: its full Avro name."""
    return f"{NAMESPACE}.{record_name}"


@lru_cache(maxsize=1024)
def canonical(definition: str) -> str:
    """Return the parsing canonical form of a definition: equal forms write equal bytes (Avro specification)."""
    return str(to_parsing_canonical_form(json.loads(definition)))
