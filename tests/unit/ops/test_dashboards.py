"""Laws of boards: made again they are the same, and they ask for nothing that the code does not export."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import yaml
from rich.console import Console

from app.telemetry.declare import LABELS, exported
from ops.dashboards.boards import BOARDS, FOLDER, file_of, read_boards
from ops.dashboards.outline import outline
from ops.dashboards.present import SOURCE
from tests.unit.ops.promql import OPS, alerts, grouped_by, known, panels, selectors, unknown_in

NAMES = [board.name for board in BOARDS]


@pytest.mark.parametrize("name", NAMES)
def test_a_board_asks_only_for_metrics_and_labels_that_are_exported(name: str) -> None:
    for board, panel in panels():
        if board == name:
            for target in panel["targets"]:
                assert selectors(target["expr"]), panel["title"]
                assert unknown_in(target["expr"]) == [], panel["title"]


@pytest.mark.parametrize("name", NAMES)
def test_a_legend_names_labels_that_its_series_have(name: str) -> None:
    for board, panel in panels():
        for target in panel["targets"] if board == name else ():
            there = set().union(*(known()[one.name] for one in selectors(target["expr"])))
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= there, panel["title"]


@pytest.mark.parametrize(
    ("expr", "strange"),
    [
        ("rate(roadsieve_records_total[1m])", []),
        ("rate(roadsieve_records[1m])", ["roadsieve_records"]),
        ('roadsieve_lag_seconds{camera_id="7"}', ["roadsieve_lag_seconds{camera_id}"]),
        ("max by (topic) (roadsieve_lag_seconds)", ["topic"]),
        ("histogram_quantile(0.9, sum by (le) (rate(no_bucket[1m]))) > 1", ["no_bucket", "le"]),
        ("roadsieve_brokers / ignoring (of) (max_over_time(n[5m:1m]) > -o)", ["n", "o", "of"]),
    ],
)
def test_what_is_not_exported_is_found_wherever_it_stands(expr: str, strange: list[str]) -> None:
    assert unknown_in(expr) == strange


@pytest.mark.parametrize("board", BOARDS, ids=NAMES)
def test_a_board_made_again_is_the_one_that_is_kept(board: Any) -> None:
    assert board.as_json() == file_of(board).read_text(encoding="utf-8"), "run `roadsieve dashboards write`"


def test_no_board_is_left_over() -> None:
    assert sorted(FOLDER.glob("*.json")) == sorted(map(file_of, BOARDS))


@pytest.mark.parametrize("name", NAMES)
def test_a_board_has_the_form_of_current_grafana(name: str) -> None:
    board = read_boards()[name]
    assert board["id"] is None
    assert board["schemaVersion"] >= 39
    assert not {"rows", "__inputs", "style", "sharedCrosshair"} & board.keys()
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    assert {panel["type"] for panel in board["panels"]} <= {"row", "timeseries", "stat", "bargauge"}
    for panel in (panel for panel in board["panels"] if panel["type"] != "row"):
        assert panel["datasource"] == SOURCE
        assert all(target["datasource"] == SOURCE and target["refId"] and target["expr"] for target in panel["targets"])
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert "fieldOptions" not in panel["options"]
    assert all(variable["datasource"] == SOURCE for variable in board["templating"]["list"])


@pytest.mark.parametrize("name", NAMES)
def test_panels_stand_side_by_side_and_never_on_one_another(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in read_boards()[name]["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("name", NAMES)
def test_the_outline_tells_every_panel_and_question(name: str) -> None:
    board, told = read_boards()[name], io.StringIO()
    Console(width=1000, file=told).print(outline(board))
    assert board["description"] in told.getvalue()
    for panel in board["panels"]:
        assert panel["title"] in told.getvalue()
        assert all(target["expr"] in told.getvalue() for target in panel.get("targets", ()))


def test_what_is_provisioned_is_what_boards_name() -> None:
    [source] = yaml.safe_load((OPS / "grafana" / "datasources" / "prometheus.yml").read_text())["datasources"]
    assert {key: source[key] for key in SOURCE} == dict(SOURCE)
    [provider] = yaml.safe_load((OPS / "grafana" / "dashboards" / "roadsieve.yml").read_text())["providers"]
    assert provider["type"] == "file"
    assert {board["uid"] for board in read_boards().values()} == {f"roadsieve-{name}" for name in NAMES}


def test_every_label_says_what_bounds_it_and_none_is_an_id() -> None:
    assert {label for labels in exported().values() for label in labels} - {"le"} <= LABELS.keys()
    assert not [label for label in LABELS if re.search("camera|clip|segment|frame|_id", label)]


def test_everything_exported_is_on_a_board_or_in_an_alert() -> None:
    questions = [target["expr"] for _, panel in panels() for target in panel["targets"]]
    questions += [rule["expr"] for rule in alerts()]
    parts = re.compile(r"_(bucket|count|sum)$")
    shown = {parts.sub("", one.name or "") for question in questions for one in selectors(question)}
    assert {parts.sub("", name) for name in exported()} - shown == set()


def test_labels_are_found_in_every_kind_of_grouping() -> None:
    assert grouped_by("sum by (a) (m) / on (b) group_left (c) n unless ignoring (d) o") >= {"a", "b", "d"}
