"""The verb: its table, its JSON, its report, and what it says to bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import root
from app.errors import OperatorError
from app.evaluation.command import share_of

WEATHERS = ["clear"] * 80 + ["rainy"] * 16 + ["foggy"] * 4
BOX = {"x1": 1, "y1": 2, "x2": 30, "y2": 40}


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    rows = [
        {
            "name": f"{number:03d}.jpg",
            "attributes": {"weather": WEATHERS[number * 37 % 100], "scene": "highway", "timeofday": "night"},
            "labels": [{"category": one, "box2d": BOX} for one in ("car", "bus")[: 1 + number % 2]],
        }
        for number in range(100)
    ]
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def evaluate(*arguments: str) -> tuple[int, str, BaseException | None]:
    result = CliRunner().invoke(root, ["evaluate", *arguments])
    return result.exit_code, result.stdout, result.exception


@pytest.mark.slow
def test_json_has_the_promised_shape_and_nothing_else_on_stdout(labels: Path) -> None:
    code, out, _ = evaluate(str(labels), "--budget", "10%", "--json")
    figures = json.loads(out)
    assert code == 0
    assert set(figures) == {"limits", "policies"}
    assert set(figures["limits"]["entropy_ratio"]) == {"weather", "scene", "timeofday", "objects"}
    assert set(figures["policies"]) == {
        "roadsieve", "offline_greedy", "random", "every_nth", "reservoir", "count_change", "inverse_frequency",
        "similarity_threshold", "keep_all",
    }  # fmt: skip
    for policy in figures["policies"].values():
        assert set(policy) == {
            "kept", "bytes", "entropy_ratio", "joint_cells", "recall", "distinct_clips", "us_per_candidate"
        }  # fmt: skip
    ours = figures["policies"]["roadsieve"]
    assert ours["kept"] == 10
    assert ours["recall"]["weather=foggy"] >= 0.75
    assert ours["joint_cells"] == {"occupied": 3, "seen": 3}


@pytest.mark.slow
def test_a_table_shows_every_way_and_what_was_odd(labels: Path) -> None:
    rows = json.loads(labels.read_text())
    labels.write_text(json.dumps([*rows, rows[0]]))
    code, out, _ = evaluate(str(labels), "--budget", "0.1")
    assert code == 0
    assert "roadsieve" in out
    assert "supply limit" in out
    assert "1 x picture listed again, left out" in " ".join(out.split())


@pytest.mark.slow
def test_the_report_is_one_file_that_needs_no_other(labels: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    code, _, _ = evaluate(
        str(labels), "--budget", "10%", "--clip-length", "6", "--cameras", "5", "--report", str(report)
    )
    assert code == 0
    page = report.read_text(encoding="utf-8")
    assert page.count("<svg") > 10
    assert "distinct clips, over the clip weight" in page
    for foreign in ("<script", "src=", "href=", "@import", "url("):
        assert foreign not in page
    in_full = json.loads(report.with_suffix(".json").read_text(encoding="utf-8"))
    assert in_full["seeds"]["roadsieve"][0]["state_bytes"] > 0


@pytest.mark.slow
def test_a_detector_that_errs_is_believed_and_measured_by_the_truth(labels: Path, tmp_path: Path) -> None:
    blind = tmp_path / "confusion.json"
    row = {"clear": 1.0}
    blind.write_text(json.dumps({"weather": {"clear": row, "rainy": row, "foggy": row}}), encoding="utf-8")
    arguments = [str(labels), "--budget", "10%", "--json"]
    sharp = json.loads(evaluate(*arguments)[1])["policies"]["roadsieve"]
    fooled = json.loads(evaluate(*arguments, "--confusion", str(blind))[1])["policies"]["roadsieve"]
    assert fooled["kept"] == sharp["kept"]
    assert fooled["entropy_ratio"]["weather"] < sharp["entropy_ratio"]["weather"]


@pytest.mark.slow
def test_several_seeds_are_averaged(labels: Path) -> None:
    once, thrice = (json.loads(evaluate(str(labels), "--budget", "10%", "--seeds", n, "--json")[1]) for n in ("1", "3"))
    assert once["policies"]["roadsieve"]["entropy_ratio"] == thrice["policies"]["roadsieve"]["entropy_ratio"]
    assert once["policies"]["random"]["entropy_ratio"] != thrice["policies"]["random"]["entropy_ratio"]


@pytest.mark.parametrize(("text", "share"), [("", None), ("5%", 0.05), ("0.05", 0.05), ("0", 0.0), ("100%", 1.0)])
def test_a_budget_is_a_percentage_or_a_ratio(text: str, share: float | None) -> None:
    assert share_of(text) == share


@pytest.mark.parametrize("text", ["5", "150%", "-1%", "much", "nan", "%"])
def test_a_budget_that_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(OperatorError, match="no share"):
        share_of(text)


@pytest.mark.parametrize(
    ("file", "content", "option", "why"),
    [
        ("policy.toml", "[budget]\nshare_ratio = 7\n", "--policy", "budget.share_ratio"),
        ("confusion.json", '{"weather": {"clear": {"clear": 0.5}}}', "--confusion", "sum to 0.5"),
        ("confusion.json", '{"weather": {"clear": {"clear": 2}}}', "--confusion", "ratios from 0 to 1"),
        ("confusion.json", "[]", "--confusion", "is no object"),
        ("confusion.json", "{", "--confusion", "readable JSON"),
    ],
)
def test_bad_files_are_named_with_the_reason(
    labels: Path, tmp_path: Path, file: str, content: str, option: str, why: str
) -> None:
    path = tmp_path / file
    path.write_text(content, encoding="utf-8")
    _, _, error = evaluate(str(labels), option, str(path))
    assert isinstance(error, OperatorError)
    assert file in str(error)
    assert why in str(error)


def test_a_report_without_a_folder_is_refused_before_any_work(labels: Path, tmp_path: Path) -> None:
    _, _, error = evaluate(str(labels), "--report", str(tmp_path / "none" / "report.html"))
    assert isinstance(error, OperatorError)
    assert "its folder does not exist" in str(error)


def test_only_candidates_can_be_decided_again() -> None:
    _, _, error = evaluate("topic:segments.decided")
    assert isinstance(error, OperatorError)
    assert "segments.extracted" in error.remedy
