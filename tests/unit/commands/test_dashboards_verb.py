"""`roadsieve dashboards`: boards as text for people, as JSON for machines."""

from __future__ import annotations

import json

import pytest

from app.cli import main
from ops.dashboards.boards import read_boards


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["dashboards", *arguments])
    assert ended.value.code in (0, None), capsys.readouterr().err
    return capsys.readouterr().out


def test_all_boards_are_described_and_one_when_it_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    everything = said(capsys, "describe")
    assert all(board["title"] in everything for board in read_boards().values())
    one = said(capsys, "describe", "flow")
    assert "roadsieve: flow" in one
    assert "roadsieve: stores" not in one


def test_json_is_what_grafana_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(said(capsys, "describe", "models", "--json")) == {"models": read_boards()["models"]}


def test_a_board_that_is_none_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["dashboards", "describe", "traffic"])
    assert ended.value.code == 2
    assert "diversity" in capsys.readouterr().err


def test_nothing_is_written_where_nothing_changed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Nothing to do" in said(capsys, "write")
