"""What the CQL driver raises -> our errors: who is at fault, and what to do."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from cassandra import (
    AuthenticationFailed,
    DriverException,
    InvalidRequest,
    OperationTimedOut,
    RateLimitReached,
    Timeout,
    Unauthorized,
    Unavailable,
    UnsupportedOperation,
)
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionException, ProtocolError
from cassandra.protocol import ConfigurationException, ErrorMessage, OverloadedErrorMessage, ProtocolException

from app.errors import InfrastructureError, OperatorError

Fault = tuple[type[InfrastructureError | OperatorError], str, str]

NOT_MIGRATED: Fault = (
    OperatorError, "a table of the catalog is missing: {error}", "run `roadsieve catalog migrate`",
)  # fmt: skip
NO_KEYSPACE: Fault = (
    OperatorError,
    "{error}",
    "let ROADSIEVE_CQL_KEYSPACE name the right keyspace, or make this one with `roadsieve catalog migrate`",
)
NOT_CQL: Fault = (
    OperatorError,
    "what listens there does not speak CQL ({error})",
    "let ROADSIEVE_CQL_HOSTS name the native transport port of Cassandra or ScyllaDB (9042 by default)",
)
NOT_SECURE: Fault = (
    OperatorError,
    "no secure connection ({error})",
    "correct ROADSIEVE_CQL_TLS_CA or the server's certificate",
)
UNKNOWN: Fault = (InfrastructureError, "it does not answer ({error})", "see that it runs at ROADSIEVE_CQL_HOSTS")

#: Class of what was raised -> what it means; the first that fits any of the causes counts.
FAULTS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], Fault], ...] = (
    (
        AuthenticationFailed,
        (OperatorError, "it refuses the user ({error})", "correct ROADSIEVE_CQL_USER and ROADSIEVE_CQL_PASSWORD"),
    ),
    (
        Unauthorized,
        (OperatorError, "the user may not do this ({error})", "grant it, or name another ROADSIEVE_CQL_USER"),
    ),
    ((ProtocolError, ProtocolException, UnsupportedOperation), NOT_CQL),
    (
        (OverloadedErrorMessage, RateLimitReached),
        (InfrastructureError, "it is overloaded ({error})", "lower ROADSIEVE_CQL_AT_ONCE, or give it more nodes"),
    ),
    (
        Unavailable,
        (
            InfrastructureError,
            "too few replicas are alive ({error})",
            "see that its nodes run, and that ROADSIEVE_CQL_REPLICATION is not above their number",
        ),
    ),
    (
        (Timeout, OperationTimedOut),
        (InfrastructureError, "it did not answer in time ({error})", "look at its load and its log"),
    ),
    (
        ConfigurationException,
        (OperatorError, "it refuses a definition ({error})", "correct the setting that it names"),
    ),
)


def translated(error: BaseException, where: str) -> InfrastructureError | OperatorError:
    """Return what an error of the driver means for the catalog at `where`."""
    kind, why, remedy = _fault(error)
    told = next((str(cause) for cause in _causes(error) if not isinstance(cause, NoHostAvailable)), str(error))
    return kind(f"catalog at {where}", why.format(error=" ".join(told.split())[:300]), remedy)


def _fault(error: BaseException) -> Fault:
    causes = list(_causes(error))
    # The driver tells what TLS says in an OSError of its own.
    if any(isinstance(cause, ssl.SSLError) or "[SSL" in str(cause) for cause in causes):
        return NOT_SECURE
    for kinds, fault in FAULTS:
        if any(isinstance(cause, kinds) for cause in causes):
            return fault
    for cause in causes:
        if isinstance(cause, InvalidRequest):
            told = str(cause).lower()
            if "keyspace" in told and "table" not in told:
                return NO_KEYSPACE
            if "table" in told:
                return NOT_MIGRATED
    return UNKNOWN


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield what each host said, then the error itself."""
    if isinstance(error, NoHostAvailable):
        errors = error.errors.values() if isinstance(error.errors, dict) else error.errors
        for one in errors:
            if isinstance(one, BaseException):
                yield from _causes(one)
    yield error


DRIVER_ERRORS = (DriverException, ErrorMessage, NoHostAvailable, ConnectionException, ProtocolError, OSError)
