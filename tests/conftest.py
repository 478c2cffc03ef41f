"""What every test may ask for: a real Kafka, three of them, the shared data; and what none touches: the user's home."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from app.settings import Settings
from ops.broker.cluster import Cluster
from ops.stack.ports import free_ports
from ops.stack.s3 import S3Server, gateway_path, prepare
from tests.buckets import bucket_of
from tests.secured import Secured, start_secured
from tests.stack import (  # noqa: F401  fixtures are found here by their names
    apicurio,
    cassandra,
    cql_settings,
    emptied,
    postgres,
    prometheus_programs,
    registry_settings,
)

SHARED_DATA = Path(__file__).parents[1] / ".." / "shared" / "data"
hypothesis_settings.register_profile("untimed", deadline=None)  # a loaded machine is no counterexample
hypothesis_settings.register_profile("quick", deadline=None, max_examples=10)  # for `make check`
hypothesis_settings.load_profile("untimed")

_KEPT_VARIABLES = {"ROADSIEVE_CACHE"}
_BROKER_FIXTURES = {"broker", "cluster3", "own_broker", "own_cluster3", "secured_broker"}
_SERVER_FIXTURES = {"s3", "moto", "bucket", "cassandra", "cql_settings", "apicurio", "registry_settings"}
_SERVER_FIXTURES |= {"prometheus_programs", "postgres"}
_LIGHT_PARTS = {"house", "unit"}


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a home of its own, before any module reads a setting: no test touches the user's archive."""
    for name in [name for name in os.environ if name.startswith("ROADSIEVE_") and name not in _KEPT_VARIABLES]:
        del os.environ[name]
    home = tempfile.mkdtemp(prefix="roadsieve-tests-")
    os.environ["ROADSIEVE_HOME"] = home
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))


def pytest_report_header() -> str:
    """Say which S3 server the tests run on."""
    built = gateway_path(Settings().path_of_cache()).exists()
    return "S3 server: " + ("versitygw" if built else "moto, unless versitygw can be built")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a Kafka or another server, and what is light: a part by itself that may run beside others."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if _BROKER_FIXTURES & asked:
            item.add_marker(pytest.mark.broker)
        if _SERVER_FIXTURES & asked:
            item.add_marker(pytest.mark.server)
            item.add_marker(pytest.mark.timeout(300))  # the first one waits for the server's start
        part = item.path.relative_to(Path(__file__).parent).parts[0]
        if part in _LIGHT_PARTS and not any(map(item.get_closest_marker, ("broker", "server", "chaos"))):
            item.add_marker(pytest.mark.light)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of test data that lies beside the repository; skip where there is none."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the test data of {SHARED_DATA.resolve().name}/ beside the repository, which is not here")
    return SHARED_DATA.resolve()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run one Kafka node for the whole test run; tests keep apart by the names of their topics and groups."""
    yield from _cluster(tmp_path_factory.mktemp("broker"), nodes=1)


@pytest.fixture(scope="session")
def cluster3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run three Kafka nodes, to be killed and started again; whoever kills one starts it again before the test ends."""
    yield from _cluster(tmp_path_factory.mktemp("cluster3"), nodes=3)


@pytest.fixture(scope="session")
def secured_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Run one Kafka node that lets in only who has a password (TLS, SCRAM) and to what ACLs grant."""
    secured = start_secured(tmp_path_factory.mktemp("secured-broker"))
    try:
        yield secured
    finally:
        secured.cluster.kill()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Run one S3 server for the whole test run, versitygw where it can be built; tests keep apart by their buckets."""
    yield from _s3_server(S3Server(tmp_path_factory.mktemp("s3"), free_ports(1)[0], prepare()))


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Run the S3 server that has lifecycle rules, and lets everybody in."""
    yield from _s3_server(S3Server(tmp_path_factory.mktemp("moto"), free_ports(1)[0], gateway=None))


@pytest.fixture
def bucket(s3: S3Server) -> Settings:
    """Return the settings of an empty bucket that nobody else uses."""
    return bucket_of(s3)


def _cluster(folder: Path, nodes: int) -> Iterator[Cluster]:
    cluster = Cluster.start(folder, nodes=nodes)
    try:
        yield cluster
    finally:
        for n in cluster.nodes:
            cluster.kill(n)  # nothing of it is kept: no reason to wait for an orderly end


def _s3_server(server: S3Server) -> Iterator[S3Server]:
    server.start()
    try:
        yield server
    finally:
        server.kill()
