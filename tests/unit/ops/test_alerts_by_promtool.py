"""Alerts as Prometheus itself evaluates them: each fires in its world, and not in one near by."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from ops.stack.prometheus import CONFIG, Programs
from tests.unit.ops.alert_cases import CASES, STEP_S
from tests.unit.ops.promql import ALERT_FILES, alerts, filled, panels


def told(programs: Programs, *arguments: object) -> str:
    """Run promtool; fail with what it says."""
    run = subprocess.run(
        [programs.promtool, *map(str, arguments)], check=False, capture_output=True, text=True, timeout=150
    )
    assert run.returncode == 0, (run.stdout + run.stderr)[-5000:]
    return run.stdout


def firing(alert: str, series: Sequence[tuple[str, str]], at: str, times: int) -> dict[str, object]:
    """Return one of promtool's tests: how often the alert fires in a world."""
    asked = f'count(ALERTS{{alertname="{alert}", alertstate="firing"}}) or vector(0)'
    return {
        "name": f"{alert}, {times} times",
        "interval": f"{STEP_S}s",
        "input_series": [{"series": name, "values": values} for name, values in series],
        "promql_expr_test": [{"expr": asked, "eval_time": at, "exp_samples": [{"labels": "{}", "value": times}]}],
    }


def test_every_alert_has_two_worlds() -> None:
    assert sorted(CASES) == sorted(rule["alert"] for rule in alerts())


def test_prometheus_takes_the_configuration_and_the_rules_that_ship(prometheus_programs: Programs) -> None:
    told(prometheus_programs, "check", "config", CONFIG)


@pytest.mark.parametrize("rules", ALERT_FILES, ids=lambda path: path.stem)
def test_every_alert_fires_in_its_world_and_not_in_one_near_by(
    prometheus_programs: Programs, tmp_path: Path, rules: Path
) -> None:
    [group] = yaml.safe_load(rules.read_text())["groups"]
    tests = []
    for alert in [rule["alert"] for rule in group["rules"]]:
        case = CASES[alert]
        tests += [firing(alert, case.fires, case.at, 1), firing(alert, case.quiet, case.at, 0)]
    file = tmp_path / "worlds.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(rules)], "evaluation_interval": f"{STEP_S}s", "tests": tests}))
    told(prometheus_programs, "test", "rules", file)


def test_prometheus_takes_every_question_of_every_board(prometheus_programs: Programs, tmp_path: Path) -> None:
    questions = [filled(target["expr"]) for _, panel in panels() for target in panel["targets"]]
    rules = [{"record": f"question:{number}", "expr": expr} for number, expr in enumerate(questions)]
    file = tmp_path / "questions.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "boards", "rules": rules}]}))
    assert f"{len(questions)} rules found" in told(prometheus_programs, "check", "rules", file)


