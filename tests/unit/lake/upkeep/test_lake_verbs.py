"""The verbs of the lake answer in tables and in JSON."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from app.cli import root
from app.lake.tables import LAKE_TABLES
from app.settings import settings

runner = CliRunner()


@pytest.fixture
def home(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("ROADSIEVE_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_maintain_tells_what_it_did_to_each_table(home: object) -> None:
    assert runner.invoke(root, ["lake", "create"]).exit_code == 0
    told = runner.invoke(root, ["lake", "maintain", "--json"])
    assert [one["table"] for one in json.loads(told.stdout)] == list(LAKE_TABLES)
    assert "files merged" in runner.invoke(root, ["lake", "maintain"]).stdout
