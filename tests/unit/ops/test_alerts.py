"""Laws of alerts: each asks for what is exported, says what it saw, and has its next steps in the runbook."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.cli import VERBS
from app.settings import Settings
from ops.dashboards.boards import BOARDS
from tests.unit.ops.promql import ALERT_FILES, OPS, alerts, known, selectors, unknown_in

RUNBOOK = (OPS / "runbook.md").read_text(encoding="utf-8")


def test_alerts_are_grouped_by_what_they_are_about() -> None:
    assert [path.stem for path in ALERT_FILES] == ["archives", "broker", "flow", "lake", "models", "stores"]


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_is_exported_and_says_what_it_saw(rule: dict[str, Any]) -> None:
    assert selectors(rule["expr"])
    assert unknown_in(rule["expr"]) == []
    assert rule["labels"]["severity"] in {"warning", "critical"}
    there = set().union(*(known()[one.name] for one in selectors(rule["expr"])))
    assert set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])) <= there


def test_no_alert_without_its_next_steps_and_no_steps_without_an_alert() -> None:
    names = [rule["alert"] for rule in alerts()]
    assert sorted(names) == sorted(re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE))
    assert len(set(names)) == len(names)


def test_the_steps_name_settings_verbs_and_boards_that_exist() -> None:
    assert {name.lower() for name in re.findall(r"ROADSIEVE_([A-Z_]+)", RUNBOOK)} <= set(Settings.model_fields)
    assert set(re.findall(r"`roadsieve (\w+)", RUNBOOK)) <= set(VERBS)
    assert {board.name.capitalize() for board in BOARDS} <= set(re.findall(r"\*(\w+)\*", RUNBOOK))
