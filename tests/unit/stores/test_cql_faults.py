"""Laws of what the CQL driver raises: who is at fault is told, with a remedy, whatever the host says."""

import ssl

import pytest
from cassandra import (
    AuthenticationFailed,
    InvalidRequest,
    OperationTimedOut,
    ReadTimeout,
    Unauthorized,
    Unavailable,
)
from cassandra.cluster import NoHostAvailable
from cassandra.protocol import OverloadedErrorMessage

from app.errors import InfrastructureError, OperatorError
from app.stores.cql_faults import DRIVER_ERRORS, translated

HOST = "10.0.0.1:9042"
OVERLOADED = OverloadedErrorMessage(0x1001, "too many requests", None)


@pytest.mark.parametrize(
    ("raised", "kind", "remedy"),
    [
        (AuthenticationFailed("bad credentials"), OperatorError, "ROADSIEVE_CQL_PASSWORD"),
        (Unauthorized("no MODIFY permission"), OperatorError, "grant it"),
        (ssl.SSLError(1, "certificate has expired"), OperatorError, "ROADSIEVE_CQL_TLS_CA"),
        (InvalidRequest("Keyspace 'nix' does not exist"), OperatorError, "ROADSIEVE_CQL_KEYSPACE"),
        (InvalidRequest("table frames does not exist"), OperatorError, "roadsieve catalog migrate"),
        (OVERLOADED, InfrastructureError, "ROADSIEVE_CQL_AT_ONCE"),
        (Unavailable("not enough replicas"), InfrastructureError, "ROADSIEVE_CQL_REPLICATION"),
        (ReadTimeout("late"), InfrastructureError, "load"),
        (OperationTimedOut(), InfrastructureError, "load"),
        (ConnectionRefusedError(111, "refused"), InfrastructureError, "ROADSIEVE_CQL_HOSTS"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_one_host_says_means_the_same_as_what_all_hosts_say(raised, kind, remedy):
    for error in (raised, NoHostAvailable("no host", {HOST: raised}), NoHostAvailable("no host", [raised])):
        assert isinstance(error, DRIVER_ERRORS), "it would be taken for a defect"
        told = translated(error, HOST)
        assert type(told) is kind
        assert remedy in told.remedy
        assert told.what == f"catalog at {HOST}"
        assert "\n" not in str(told)


def test_no_host_at_all_is_an_outage():
    assert type(translated(NoHostAvailable("none", {}), HOST)) is InfrastructureError
