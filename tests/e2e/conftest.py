"""A broker of its own for each test of the whole pipeline, for the topics have fixed names; and its stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.broker.cluster import Cluster
from tests.e2e.setups import SETUPS, Embedded, Setup, setup_named


@pytest.fixture(params=SETUPS)
def setup(request: pytest.FixtureRequest) -> Setup:
    """Return what gives a pipeline stores of its own, embedded and on the servers of the full stack."""
    return setup_named(request.param, request.getfixturevalue)


@pytest.fixture
def own_broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run one Kafka node for one test."""
    yield from _cluster(request, tmp_path_factory.mktemp("own-broker"), nodes=1)


@pytest.fixture
def own_cluster3(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run three Kafka nodes for one test."""
    yield from _cluster(request, tmp_path_factory.mktemp("own-cluster3"), nodes=3)


def _cluster(request: pytest.FixtureRequest, folder: Path, nodes: int) -> Iterator[Cluster]:
    stands_on = request.getfixturevalue("setup") if "setup" in request.fixturenames else Embedded()
    cluster = stands_on.start(folder, nodes)
    try:
        yield cluster
    finally:
        for n in cluster.nodes:
            cluster.kill(n)
