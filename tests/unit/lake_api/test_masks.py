"""Who may not read plates sees none, and cannot find out by asking: no filter, order, count, join or cursor tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.lake.tables import LAKE_TABLES
from app.settings import Settings
from tests.unit.lake_api.small_lake import PLATES, Caller

TELLING: list[dict[str, Any]] = [
    {"filters": {"plateText": "AB001"}}, {"filters": {"plateText": {"in": PLATES}}},
    {"filters": {"plate.plateText": "AB001"}}, {"filters": {"plateText": {"ge": "AB001", "lt": "AB002"}}},
    {"filters": {"plateText": {"ne": "x"}}}, {"filters": {"plateText": {"null": False}}},
    {"order": ["plateText"]}, {"order": ["-plate.plateText"]}, {"order": ["seenAt", "plateText"]},
]  # fmt: skip


@pytest.mark.parametrize("question", TELLING, ids=str)
def test_a_question_that_would_tell_a_plate_is_refused(guest: Caller, reader: Caller, question: dict[str, Any]) -> None:
    status, error = guest.refused("/query", table_name="plate", **question)
    assert status == 403 and "may not read plates" in error
    assert reader.post("/query", table_name="plate", **question).status_code == 200
    if "filters" in question:
        assert guest.refused("/count", table_name="plate", **question)[0] == 403
        [test] = question["filters"].values()
        joined = {"plate.plateText": test}
        assert guest.refused("/query", table_name="color", join=["plate"], filters=joined)[0] == 403


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "csv", "arrow"])
@pytest.mark.parametrize("question", [
    {"table_name": "plate"}, {"table_name": "plate", "columns": ["plateText"]},
    {"table_name": "color", "join": ["plate"]}, {"table_name": "country", "join": ["plate"], "order": ["-seenAt"]},
], ids=str)  # fmt: skip
def test_no_form_of_an_answer_holds_a_plate(guest: Caller, reader: Caller, question: dict[str, Any], form: str) -> None:
    told, masked = (who.post("/query", limit=500, format=form, **question) for who in (reader, guest))
    assert told.status_code == masked.status_code == 200
    assert told.headers["X-Rows"] == masked.headers["X-Rows"] != "0"
    assert any(plate.encode() in told.content for plate in PLATES)
    assert not any(plate.encode() in masked.content for plate in PLATES)
    assert b"***" in masked.content


def test_every_column_that_holds_plates_is_known_to_tell_them(lake: Settings, reader: Caller) -> None:
    for name, table in LAKE_TABLES.items():
        for row in reader.rows(name, limit=50):
            telling = {column for column, value in row.items() if isinstance(value, str) and value in PLATES}
            assert telling <= {column.name for column in table.columns if column.tells_plate}


def test_the_audit_log_knows_who_asked_what_and_no_plate(lake: Settings, reader: Caller, guest: Caller) -> None:
    path: Path = lake.path_of_lake() / "audit.jsonl"
    before = path.stat().st_size
    reader.rows("plate", filters={"plateText": {"in": PLATES[:2]}, "sourceId": "gate-1"}, limit=7)
    reader.count("plate", filters={"plateText": PLATES[0]})
    guest.refused("/query", table_name="plate", filters={"plateText": PLATES[0]})
    guest.refused("/query", table_name="plate", filters={"no": PLATES[0]})
    added = path.read_bytes()[before:]
    assert [line.count(b'"who"') for line in added.splitlines()] == [1, 1, 1, 1]
    assert b"gate-1" in added and b'"status":403' in added and b'"status":400' in added
    assert not any(plate.encode() in added for plate in PLATES)
