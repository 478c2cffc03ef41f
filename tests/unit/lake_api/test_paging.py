"""Laws of cursors: every row once and in order, whatever is committed in between; each serves its question alone."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from app.lake.open import open_blocking
from app.settings import Settings
from tests.unit.lake_api.small_lake import Caller, api_on, commit, settings_of

ORDERS: list[dict[str, Any]] = [
    {"table_name": "plate"}, {"table_name": "plate", "order": ["-seenAt"]},
    {"table_name": "plate", "order": ["confidence"]}, {"table_name": "plate", "order": ["-confidence", "sourceId"]},
    {"table_name": "plate", "order": ["-carId"]}, {"table_name": "plate", "order": ["masked", "-plateText"]},
    {"table_name": "plate", "filters": {"confidence": {"ge": 40}}, "order": ["-frameId"], "from": "2025-11-26"},
    {"table_name": "color", "join": ["car", "plate"], "order": ["plate.confidence", "color"]},
    {"table_name": "car", "join": ["color"], "order": ["-seenAt"], "filters": {"color.rank": 2}},
]  # fmt: skip


def keys(rows: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(row) for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize("question", ORDERS, ids=str)
def test_the_pages_together_are_the_whole(reader: Caller, question: dict[str, Any]) -> None:
    whole = keys(reader.rows(question["table_name"], limit=5000, **without_table(question)))
    pages = [keys(page) for page in reader.pages(question["table_name"], limit=37, **without_table(question))]
    assert [row for page in pages for row in page] == whole
    assert len(set(whole)) == len(whole) > 37
    assert all(len(page) == 37 for page in pages[:-1])


def without_table(question: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in question.items() if name != "table_name"}


@pytest.mark.slow
@pytest.mark.parametrize("question", [ORDERS[0], ORDERS[3], ORDERS[7]], ids=str)
def test_commits_between_pages_change_no_page(tmp_path: Path, question: dict[str, Any]) -> None:
    settings = settings_of(tmp_path)
    commit(settings, 1, count=60)
    with api_on(settings) as (reader, _):
        before = keys(reader.rows(question["table_name"], limit=5000, **without_table(question)))
        found = list[str]()
        for number, page in enumerate(reader.pages(question["table_name"], limit=25, **without_table(question))):
            found += keys(page)
            commit(settings, 10 + number, count=30)
        assert found == before


@pytest.mark.slow
def test_a_cursor_of_a_snapshot_that_was_expired_says_so(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    commit(settings, 1, count=60)
    with api_on(settings) as (reader, _):
        cursor = reader.post("/query", table_name="plate", limit=5).headers["X-Next-Cursor"]
    commit(settings, 2, count=10)
    warehouse = open_blocking(settings)
    table = warehouse.table("plate")
    current = table.current_snapshot()
    old = [one.snapshot_id for one in table.snapshots() if current and one.snapshot_id != current.snapshot_id]
    table.maintenance.expire_snapshots().by_ids(old).commit()
    warehouse.close()
    with api_on(settings) as (reader, _):
        status, error = reader.refused("/query", table_name="plate", limit=5, cursor=cursor)
        assert status == 410 and "ask again without a cursor" in error


def test_a_cursor_serves_its_own_question_alone(reader: Caller, guest: Caller) -> None:
    question: dict[str, Any] = {"table_name": "plate", "order": ["plateText"]}
    cursor = reader.post("/query", limit=5, **question).headers["X-Next-Cursor"]
    for other in ({"order": ["-plateText"]}, {"filters": {"masked": False}}, {"from": "2025-11-26"}):
        status, error = reader.refused("/query", **{**question, **other}, cursor=cursor)
        assert status == 400 and "another question" in error
    assert reader.refused("/query", table_name="car", cursor=cursor)[0] == 400
    assert guest.refused("/query", **question, cursor=cursor)[0] == 403
    smaller = reader.post("/query", **question, limit=7, columns=["plateId"], cursor=cursor)
    assert len(smaller.json()) == 7, "limit and columns may change from page to page"


@pytest.mark.parametrize("place", [
    [], ["2025"], [1, 2, 3], [True, "x"], [None, None], [1, None], [2**70, "x"], [1.5, "x"], [[1], "x"], [1, "\ud800"],
])  # fmt: skip
def test_a_place_that_somebody_made_up_is_refused_or_is_a_place(reader: Caller, place: list[Any]) -> None:
    genuine = reader.post("/query", table_name="plate", limit=5).headers["X-Next-Cursor"]
    question, snapshots, _ = json.loads(base64.urlsafe_b64decode(genuine + "=="))
    made_up = base64.urlsafe_b64encode(json.dumps([question, snapshots, place]).encode()).decode()
    assert reader.post("/query", table_name="plate", limit=5, cursor=made_up).status_code in (200, 400)


@pytest.mark.slow
def test_an_answer_of_too_many_bytes_is_cut_and_goes_on_in_the_next_page(lake: Settings) -> None:
    with api_on(lake.model_copy(update={"api_answer_bytes": 9000, "api_rows": 50})) as (reader, _):
        pages = list(reader.pages("plate", limit=1000))
        found = [one["plateId"] for page in pages for one in page]
        assert len(found) == len(set(found)) == reader.count("plate")
        assert max(len(json.dumps(page, separators=(",", ":"), ensure_ascii=False).encode()) for page in pages) <= 9000
