"""The catalog of the lake on PostgreSQL: all that a lake does, two committers, and a server that is away or refuses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from app.cli import main, root
from app.errors import InfrastructureError, OperatorError
from app.lake.indexing import index_files
from app.lake.open import open_blocking, open_plate_index_blocking
from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import Warehouse
from app.settings import Settings
from app.settings import settings as current_settings
from tests.postgres import Postgres
from tests.unit.lake.plain_rows import rows_of
from tests.unit.lake.results import FULL, result
from tests.unit.lake.upkeep.lake_in_a_folder import Writer, held
from tests.unit.lake_api.small_lake import api_on

pytestmark = pytest.mark.slow

ROWS = rows_of(result(FULL))["plate"]


@contextmanager
def holding(postgres: Postgres, database: str, statement: str) -> Iterator[None]:
    """Keep a transaction open in which a statement was run, as a process does that hangs."""
    with psycopg.connect(postgres.address(database)) as held:
        held.execute(statement)
        yield
        held.rollback()


@pytest.fixture
def database(postgres: Postgres) -> str:
    """Return the name of an empty database."""
    return postgres.new_database()


@pytest.fixture
def settings(postgres: Postgres, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Return settings that name the database, for commands too."""
    monkeypatch.setenv("ROADSIEVE_HOME", str(tmp_path))
    monkeypatch.setenv("ROADSIEVE_LAKE_CATALOG", postgres.address(database))
    monkeypatch.setenv("ROADSIEVE_LAKE_HOT_DAYS", "36500")
    monkeypatch.setenv("ROADSIEVE_STORE_WAIT_S", "0.5")
    current_settings.cache_clear()
    yield current_settings()
    current_settings.cache_clear()


@pytest.fixture
def lake(settings: Settings) -> Iterator[Warehouse]:
    made = open_blocking(settings)
    made.create()
    yield made
    made.close()


def test_a_lake_is_filled_kept_in_order_asked_and_checked(lake: Warehouse, settings: Settings) -> None:
    writer, runner = Writer(lake), CliRunner()
    for _ in range(3):
        writer.commit(days=2)
    for arguments in (["lake", "maintain"], ["lake", "check", "--without-log"], ["lake", "tables"]):
        told = runner.invoke(root, arguments)
        assert told.exit_code == 0, (told.output, told.exception)
    for name in LAKE_TABLES:
        assert held(lake, name) == writer.wanted[name]
        assert lake.totals(name)[1] == 2
    with api_on(settings) as (reader, _):
        found = reader.rows("plate", filters={"plateText": "K643ET10"})
        assert len(found) == 6
    told = runner.invoke(root, ["lake", "erase", "--plate", "K643ET10", "--yes"])
    assert told.exit_code == 0, (told.output, told.exception)
    assert "K643ET10" not in lake.table("plate").scan().to_arrow().column("plateText").to_pylist()


def test_of_two_committers_at_once_one_is_fenced_and_no_file_is_named_twice(
    lake: Warehouse, settings: Settings
) -> None:
    files = [(0, one.path) for one in lake.write("plate", ROWS, "s")]
    other, stale = open_blocking(settings), lake.table("plate")
    lake.add("plate", files)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(other, "table", lambda _: stale)
        with pytest.raises(InfrastructureError, match="lake catalog"):
            other.add("plate", files)
    outcomes: list[int | Exception] = []
    more = [(1, one.path) for one in lake.write("plate", ROWS, "t")]

    def commit(committer: Warehouse) -> None:
        try:
            outcomes.append(len(committer.add("plate", more)))
        except InfrastructureError as error:
            outcomes.append(error)

    racers = [threading.Thread(target=commit, args=(one,)) for one in (lake, other)]
    for one in racers:
        one.start()
    for one in racers:
        one.join()
    other.close()
    assert outcomes.count(1) == 1, outcomes
    assert lake.totals("plate")[:2] == (2, 2)


def test_of_two_that_make_the_index_at_once_both_have_it(lake: Warehouse, settings: Settings) -> None:
    path = lake.write("plate", ROWS, "s")[0].path
    found: list[frozenset[str]] = []

    def ask() -> None:
        index = open_plate_index_blocking(settings)
        index_files(lake, index, [path])
        found.append(index.may_hold(["no such"], [path]))
        index.close()

    racers = [threading.Thread(target=ask) for _ in range(4)]
    for one in racers:
        one.start()
    for one in racers:
        one.join()
    assert found == [frozenset()] * 4


def test_a_catalog_that_is_locked_is_named_in_time_and_the_files_are_added_later(
    lake: Warehouse, postgres: Postgres, database: str
) -> None:
    files = [(0, one.path) for one in lake.write("plate", ROWS, "s")]
    with holding(postgres, database, "LOCK TABLE iceberg_tables IN ACCESS EXCLUSIVE MODE"):
        for attempt in (lambda: lake.add("plate", files), lake.create, lambda: lake.totals("plate")):
            with pytest.raises(InfrastructureError, match="lock timeout; check that it can be reached") as refused:
                attempt()
            assert "of-one-test-run" not in str(refused.value)
    assert len(lake.add("plate", files)) == 1


def test_a_server_that_was_killed_is_named_and_the_same_lake_goes_on_when_it_is_back(
    lake: Warehouse, settings: Settings, postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [(0, one.path) for one in lake.write("plate", ROWS, "s")]
    index = open_plate_index_blocking(settings)
    postgres.kill()
    try:
        for attempt in (lambda: lake.add("plate", files), index.known, lambda: open_blocking(settings)):
            with pytest.raises(InfrastructureError, match="check that it can be reached"):
                attempt()
        for arguments in (["lake", "maintain"], ["lake", "tables"], ["lake", "create"]):
            with pytest.raises(SystemExit) as ended:
                main(arguments)
            told = capsys.readouterr().err.splitlines()
            assert (ended.value.code, len(told)) == (75, 1), told
    finally:
        postgres.start()
    assert len(lake.add("plate", files)) == 1
    assert index.known() == frozenset()
    index.close()


@pytest.mark.parametrize(("wrong", "why"), [("password", "password authentication failed"), ("database", "not exist")])
def test_who_is_not_let_in_hears_why_and_that_it_is_the_set_up(
    postgres: Postgres, settings: Settings, wrong: str, why: str
) -> None:
    address = postgres.address(password="guessed") if wrong == "password" else postgres.address("nowhere")
    refused_by = settings.model_copy(update={"lake_catalog": SecretStr(address)})
    for attempt in (open_blocking, open_plate_index_blocking):
        with pytest.raises(OperatorError, match=why) as refused:
            attempt(refused_by)
        assert "guessed" not in str(refused.value) and "ROADSIEVE_LAKE_CATALOG" in str(refused.value)
        assert len(str(refused.value).splitlines()) == 1
