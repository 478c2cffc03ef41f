"""One small lake, and the API on it, for all tests that only ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.settings import Settings
from tests.unit.lake_api.small_lake import Caller, api_on, commit, settings_of


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the settings of a lake with two commits."""
    settings = settings_of(tmp_path_factory.mktemp("lake"))
    commit(settings, 1)
    commit(settings, 2)
    return settings


@pytest.fixture(scope="session")
def callers(lake: Settings) -> Iterator[tuple[Caller, Caller]]:
    """Return one who may read plates, and one who may not."""
    with api_on(lake) as both:
        yield both


@pytest.fixture
def reader(callers: tuple[Caller, Caller]) -> Caller:
    """Return one who may read plates."""
    return callers[0]


@pytest.fixture
def guest(callers: tuple[Caller, Caller]) -> Caller:
    """Return one who may not read plates."""
    return callers[1]
