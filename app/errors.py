"""The exception tree: what went wrong, and what that means for the record in hand.

    RoadsieveError
    ├── DataError             this record is at fault: it goes to dead.letters, the stream goes on
    │   ├── UnusableVideo     the file or segment holds no video we can use
    │   ├── MalformedRecord   the bytes are not the record their topic promises
    │   │   └── UnusableResult    … the plate result; its reason is one of a few
    │   ├── ObjectVanished    the object a record points to is not in the store
    │   └── OutputTooLarge    what a stage made of the record does not fit its topic
    ├── InfrastructureError   a dependency failed: retried, the partition waits; past the budget the process dies
    └── OperatorError         the set-up is at fault: said once, in one line, before any work; exit code 78
        └── PreflightError    broker, topics, schemas, stores or models are not as this stage needs them

Every message names the thing, the reason and the remedy.
"""

from __future__ import annotations


class RoadsieveError(Exception):
    """Carry what failed, why, and what to do about it."""

    def __init__(self, what: str, why: str, remedy: str) -> None:
        super().__init__(what, why, remedy)
        self.what, self.why, self.remedy = what, why, remedy

    def __str__(self) -> str:
        return f"{self.what}: {self.why}; {self.remedy}"


class DataError(RoadsieveError):
    """The record itself is at fault: it goes to dead.letters with its original bytes."""


class UnusableVideo(DataError):
    """The file or segment holds no video that can be used."""


class MalformedRecord(DataError):
    """The bytes are not the record that their topic promises."""


class UnusableResult(MalformedRecord):
    """The plate result says nothing that can be kept; `reason` is one of app/lake/reading.py, for counting."""

    def __init__(self, what: str, why: str, remedy: str, reason: str) -> None:
        super().__init__(what, why, remedy)
        self.args = (what, why, remedy, reason)  # by which it is copied between processes
        self.reason = reason


class ObjectVanished(DataError):
    """The object that a record points to is not in the store."""


class OutputTooLarge(DataError):
    """What a stage made of the record does not fit the topic that it goes to."""


class InfrastructureError(RoadsieveError):
    """A dependency failed: never a reason to drop a record; retried, then the process dies."""


class OperatorError(RoadsieveError):
    """The set-up is at fault: said in one line before any work begins (exit code 78)."""


class PreflightError(OperatorError):
    """Broker, topics, schemas, stores or models are not as this stage needs them."""
