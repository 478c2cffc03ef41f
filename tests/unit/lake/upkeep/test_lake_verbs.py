"""The verbs of the lake answer in tables and in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import root
from app.commands.lake import MAINTAINED
from app.lake.open import open_blocking
from app.lake.tables import LAKE_TABLES
from app.settings import settings
from ops.stack.ports import free_ports
from tests.unit.lake.plain_rows import rows_of
from tests.unit.lake.results import PLATE_ALONE, result
from tests.unit.lake.upkeep.lake_in_a_folder import Writer

pytestmark = pytest.mark.slow

runner = CliRunner()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ROADSIEVE_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_maintain_tells_what_it_did_to_each_table(home: Path) -> None:
    assert runner.invoke(root, ["lake", "create"]).exit_code == 0
    told = runner.invoke(root, ["lake", "maintain", "--json"])
    assert [one["table"] for one in json.loads(told.stdout)["tables"]] == [*LAKE_TABLES, "cold"]
    assert "files merged" in runner.invoke(root, ["lake", "maintain"]).stdout
    assert (home / "lake" / MAINTAINED).exists()


def test_a_round_that_fails_does_not_count_as_one(home: Path) -> None:
    assert runner.invoke(root, ["lake", "maintain"]).exit_code != 0, "there is no lake yet"
    assert not (home / "lake" / MAINTAINED).exists()


def test_check_says_integrity_in_its_last_line_and_by_its_exit_code(home: Path) -> None:
    lake = open_blocking(settings())
    lake.create()
    Writer(lake).commit()
    told = runner.invoke(root, ["lake", "check", "--without-log"])
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (0, "integrity True")
    assert "<svg" in (home / "lake" / "check.html").read_text()
    twice = lake.write("plate", rows_of(result(PLATE_ALONE))["plate"], "0009-000000000000")
    lake.add("plate", [(100, one.path) for one in twice])
    lake.close()
    told = runner.invoke(root, ["lake", "check", "--without-log", "--day", "2025-11-25", "--json"])
    assert (told.exit_code, json.loads(told.stdout)["integrity"]) == (1, False)
    assert json.loads(told.stdout)["verified_days"] == []
    told = runner.invoke(root, ["lake", "check", "--without-log"])
    assert told.stdout.splitlines()[-1] == "integrity False (2025-11-25)"
    assert runner.invoke(root, ["lake", "check", "--day", "yesterday"]).exit_code == 2
    assert "has 2025-11-25 to" in str(runner.invoke(root, ["lake", "check", "--day", "2024-01-01"]).exception)


def test_restore_says_the_cost_before_and_names_the_tables(home: Path) -> None:
    lake = open_blocking(settings())
    lake.create()
    Writer(lake).commit(names=("plate", "car"))
    lake.close()
    assert json.loads(runner.invoke(root, ["lake", "maintain", "--json"]).stdout)["made_cold"] == 2
    told = runner.invoke(root, ["lake", "restore", "--from", "2025-11-01", "--to", "2025-11-30"])
    assert "no cost" in told.stderr
    assert told.stdout.split() == ["restored.car_20251101_20251130", "restored.plate_20251101_20251130"]
    assert runner.invoke(root, ["lake", "restore", "--from", "2025-11-30", "--to", "2025-11-01"]).exit_code == 2
    nothing = runner.invoke(root, ["lake", "restore", "--from", "2024-11-01", "--to", "2024-11-30"])
    assert "nothing of them is cold" in str(nothing.exception)


def test_erase_takes_a_plate_out_of_index_and_audit_too_and_writes_a_receipt_without_it(home: Path) -> None:
    lake = open_blocking(settings())
    lake.create()
    Writer(lake).commit()
    runner.invoke(root, ["api", "reindex"])
    told = runner.invoke(root, ["lake", "erase", "--plate", "K643ET10", "--yes", "--json"])
    assert told.exit_code == 0, told.output
    receipt = json.loads(told.stdout)
    assert (receipt["hot"]["plate"], receipt["index"], receipt["complete"]) == (1, 2, True)
    topics = {"plates.recognized", "plates.read", "plates.watched", "lake.files", "dead.letters"}
    assert set(receipt["topics"]) == topics
    [kept] = (home / "lake" / "receipts").iterdir()
    assert "K643ET10" not in kept.read_text()
    assert lake.table("plate").scan().to_arrow().column("plateText").to_pylist() == ["粤BDX503*"]
    lake.close()
    assert runner.invoke(root, ["lake", "erase", "--plate", "K643ET10"], input="n\n").exit_code == 1


class Enough(Exception):
    """The test has seen enough rounds."""


def test_a_check_that_repeats_shows_what_it_found_to_prometheus(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [port] = free_ports(1)
    monkeypatch.setenv("ROADSIEVE_LAKE_CHECK_PORT", str(port))
    monkeypatch.setenv("ROADSIEVE_LAKE_CHECK_EVERY_S", "123")
    settings.cache_clear()
    lake = open_blocking(settings())
    lake.create()
    writer = Writer(lake)
    seen: list[list[str]] = []

    def wait(seconds: float) -> None:
        page = httpx.get(f"http://127.0.0.1:{port}/metrics").text.splitlines()
        series = ('roadsieve_lake_check_failed{table="plate",weight="critical"}', "roadsieve_lake_verified_days")
        seen.append([line.split()[-1] for line in page if line.startswith(series)])
        assert seconds == 123
        if len(seen) == 3:
            raise Enough
        writer.commit(names=tuple(LAKE_TABLES) if len(seen) == 1 else ("country",))  # then one without its parents

    monkeypatch.setattr("app.commands.lake_check.pause", wait)
    told = runner.invoke(root, ["lake", "check", "--repeat", "--without-log"])
    assert isinstance(told.exception, Enough), told.output
    assert seen[:2] == [["0.0", "0.0"], ["0.0", "1.0"]]
    assert "integrity True" in told.output and "integrity False" in told.output
    assert seen[2] == ["0.0", "0.0"]  # the table that fails is country
