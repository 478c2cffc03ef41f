"""What a pipeline stands on: the embedded twins, or the servers of the full stack. The tests are the same for both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.rights import ROLES
from app.settings import Settings
from ops.broker.cluster import Cluster
from tests.buckets import bucket_of
from tests.secured import FLEET, start_secured
from tests.stack import catalog_of

SETUPS = ["embedded", pytest.param("full", marks=pytest.mark.server)]
#: For tests that are long, or of what does not depend on stores: on the full stack in `make chaos` alone.
MOSTLY_EMBEDDED = ["embedded", pytest.param("full", marks=[pytest.mark.server, pytest.mark.chaos])]


class Embedded:
    """Kafka that lets everybody in, and files."""

    def start(self, folder: Path, nodes: int) -> Cluster:
        """Start a Kafka."""
        return Cluster.start(folder, nodes=nodes)

    def variables(self, cluster: Cluster) -> Mapping[str, str]:
        """Return the variables of a Kafka started here, and of stores that nobody else uses: new ones each time."""
        return {}


class Full(Embedded):
    """Kafka with TLS, users and rights; S3; a catalog by CQL; a registry."""

    def __init__(self, fixture: Callable[[str], Any]) -> None:
        self._s3, self._cassandra, self._registry = fixture("s3"), fixture("cassandra"), fixture("apicurio")
        self._access: dict[str, Mapping[str, str]] = {}

    def start(self, folder: Path, nodes: int) -> Cluster:
        """Start a Kafka with a user who has the rights of every role and no other."""
        secured = start_secured(folder, nodes)
        secured.grant(ROLES, user=FLEET)
        self._access[secured.cluster.bootstrap] = secured.environment(FLEET)
        return secured.cluster

    def variables(self, cluster: Cluster) -> Mapping[str, str]:
        """Return them; bucket and keyspace are new."""
        return {
            **self._access[cluster.bootstrap],
            **self._s3.environment(bucket_of(self._s3).s3_bucket),
            **_catalog_variables(catalog_of(self._cassandra)),
            "ROADSIEVE_REGISTRY_URL": self._registry.url,
        }


Setup = Embedded | Full


def setup_named(name: str, fixture: Callable[[str], Any]) -> Setup:
    """Return a set-up; `fixture` starts a server of tests/conftest.py."""
    return Embedded() if name == "embedded" else Full(fixture)


def _catalog_variables(catalog: Settings) -> dict[str, str]:
    return {
        "ROADSIEVE_CQL_HOSTS": catalog.cql_hosts,
        "ROADSIEVE_CQL_KEYSPACE": catalog.cql_keyspace,
        "ROADSIEVE_CQL_USER": catalog.cql_user,
        "ROADSIEVE_CQL_PASSWORD": catalog.cql_password.get_secret_value(),
    }
