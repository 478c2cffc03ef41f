"""Servers beside Kafka, one of each for the whole run; tests keep apart by keyspaces and subjects of their own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from typing import TypeVar

import httpx
import pytest
from pydantic import SecretStr

from app.errors import OperatorError
from app.settings import Settings
from app.stores.cql_migrations import migrate
from app.stores.cql_session import CqlSession, access_of
from app.stores.cql_tables import ALL_TABLES
from ops.stack import apicurio as registry_recipe
from ops.stack import cassandra as recipe
from ops.stack.apicurio import Apicurio
from ops.stack.cassandra import Cassandra
from ops.stack.ports import free_ports
from ops.stack.prometheus import Programs
from ops.stack.prometheus import prepare as prepare_prometheus
from tests.postgres import Postgres

H = TypeVar("H")


def parts_of(resolve: Callable[[], H]) -> H:
    """Return what a server is made of; skip where it cannot be had, except on a build machine: there nothing is."""
    try:
        return resolve()
    except OperatorError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"needs a server that cannot be had here: {error}")


@pytest.fixture(scope="session")
def prometheus_programs() -> Programs:
    """Return a Prometheus and its promtool."""
    return parts_of(prepare_prometheus)


@pytest.fixture(scope="session")
def cassandra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cassandra]:
    """Run one Cassandra for the whole test run."""
    server = Cassandra(tmp_path_factory.mktemp("cassandra"), *free_ports(1))
    server.start(parts_of(recipe.resolve))
    yield server
    server.kill()


def catalog_of(cassandra: Cassandra) -> Settings:
    """Return settings of a catalog in a keyspace that nobody else uses, migrated."""
    settings = Settings(
        cql_hosts=cassandra.address, cql_keyspace=f"test_{uuid.uuid4().hex[:12]}", cql_user=recipe.USER,
        cql_password=SecretStr(recipe.PASSWORD),
    )  # fmt: skip
    migrate(settings)
    return settings


@pytest.fixture(scope="module")
def cql_settings(cassandra: Cassandra) -> Settings:
    """Return settings of a catalog in a keyspace of this module's own, migrated."""
    return catalog_of(cassandra)


@pytest.fixture(scope="module")
def emptied(cql_settings: Settings) -> Iterator[Callable[[], None]]:
    """Return what empties the keyspace of this module."""
    session = CqlSession(access_of(cql_settings), cql_settings.cql_keyspace)

    def empty() -> None:
        for table in ALL_TABLES:
            session.ask(f"TRUNCATE {table.name}")

    yield empty
    session.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run one PostgreSQL for the whole test run; whoever kills it starts it again before the test ends."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.end()


@pytest.fixture(scope="session")
def apicurio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apicurio]:
    """Run one schema registry for the whole test run."""
    server = Apicurio(tmp_path_factory.mktemp("registry"), *free_ports(1))
    server.start(parts_of(registry_recipe.resolve))
    yield server
    server.kill()


@pytest.fixture
def registry_settings(apicurio: Apicurio) -> Settings:
    """Return settings of a registry that holds nothing."""
    with httpx.Client(base_url=apicurio.url, timeout=20) as client:
        for subject in client.get("/subjects").json():
            client.delete(f"/subjects/{subject}")
            client.delete(f"/subjects/{subject}", params={"permanent": "true"})
    return Settings(registry_url=apicurio.url)
