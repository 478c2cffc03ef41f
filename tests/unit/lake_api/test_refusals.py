"""What is asked wrongly is told what would be right; what is meant to break in finds only text that matches nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from tests.unit.lake_api.small_lake import Caller, api_on, commit, settings_of

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"table_name": "plates"}, "it may be bodyStyle, car, color, country, makeModelYear, plate"),
    ({"table_name": ""}, "there is no such table"),
    ({"table_name": ["plate"]}, "table_name"),
    ({}, "table_name: Field required"),
    ({"table_name": "plate", "filters": {"plate_text": "x"}}, "it may be plateId, resultId"),
    ({"table_name": "plate", "filters": {"color.color": "x"}}, "names no table 'color'; it may be plate, or join it"),
    ({"table_name": "plate", "filters": {"confidence": "high"}}, "'high' is not a finite number"),
    ({"table_name": "plate", "filters": {"frameId": 1.5}}, "is not a whole number"),
    ({"table_name": "plate", "filters": {"frameId": 2**63}}, "of 64 bits"),
    ({"table_name": "plate", "filters": {"frameId": True}}, "is not a whole number"),
    ({"table_name": "plate", "filters": {"confidence": 10**400}}, "is not a finite number"),
    ({"table_name": "plate", "filters": {"plateText": 7}}, "is not a text"),
    ({"table_name": "plate", "filters": {"plateText": "\ud800"}}, "is not a text"),
    ({"table_name": "plate", "filters": {"masked": 1}}, "is not true or false"),
    ({"table_name": "plate", "filters": {"seenAt": "yesterday"}}, "is not an ISO 8601 time"),
    ({"table_name": "plate", "filters": {"seenAt": "9999-12-31T23:59:59-23:59"}}, "is not an ISO 8601 time"),
    ({"table_name": "plate", "filters": {"cornersPx": 7}}, "a list of numbers cannot be"),
    ({"table_name": "plate", "filters": {"confidence": {}}}, "it may be eq, ne, lt, le, gt, ge, in, null"),
    ({"table_name": "plate", "filters": {"confidence": {"like": "%"}}}, "Extra inputs"),
    ({"table_name": "plate", "filters": {"confidence": {"in": []}}}, "at least 1"),
    ({"table_name": "plate", "filters": {"confidence": None}}, "filters.confidence"),
    ({"table_name": "plate", "from": "noon"}, "is not an ISO 8601 time"),
    ({"table_name": "plate", "columns": ["nothing"]}, "it may be plateId"),
    ({"table_name": "plate", "columns": []}, "at least 1"),
    ({"table_name": "plate", "order": ["cornersPx"]}, "has no order"),
    ({"table_name": "plate", "order": ["--seenAt"]}, "it may be plateId"),
    ({"table_name": "plate", "join": ["plate"]}, "name each table once"),
    ({"table_name": "color", "join": ["country"]}, "join plate or car before it"),
    ({"table_name": "plate", "join": ["wheel"]}, "there is no such table"),
    ({"table_name": "plate", "limit": 0}, "greater than or equal to 1"),
    ({"table_name": "plate", "limit": "10"}, "valid integer"),
    ({"table_name": "plate", "cursor": "!"}, "it is none of this API"),
    ({"table_name": "plate", "cursor": "x" * 20_000}, "it is none of this API"),
    ({"table_name": "plate", "format": "xml"}, "'json', 'csv' or 'arrow'"),
    ({"table_name": "plate", "offset": 5}, "Extra inputs"),
]
INJECTIONS = [
    "' OR '1'='1", "'; DROP TABLE plate; --", '" OR ""="', "1=1", "\\' OR 1=1 --", "%", "_", "*", "AB0%", "$ne",
    "${7*7}", "{{7*7}}", "../../../etc/passwd", "file:///etc/passwd", "<script>alert(1)</script>", "\x00", "AB001\x00",
    "\u202eAB001", "\n", "‘ OR 1=1", "UNION SELECT * FROM iceberg_tables", "0x4142303031", "NULL", "true",
    "a" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize(("question", "told"), WRONG, ids=str)
def test_what_is_asked_wrongly_is_told_what_would_be_right(reader: Caller, question: dict[str, Any], told: str) -> None:
    status, error = reader.refused("/query", **question)
    assert status == 400
    assert told in error


@pytest.mark.slow
@pytest.mark.parametrize("text", INJECTIONS, ids=lambda text: ascii(text)[:30])
def test_what_is_meant_to_break_in_is_text_like_any_other(reader: Caller, text: str) -> None:
    rows = reader.count("plate")
    for column in ("plateText", "sourceId"):
        assert reader.rows("plate", filters={column: text}) == []
    assert reader.rows("plate", filters={"plateText": {"in": [text, text]}}) == []
    assert reader.count("plate", filters={"plateText": {"ne": text}}) == rows
    for question in (
        {"table_name": text}, {"table_name": "plate", "filters": {text: "x"}}, {"table_name": "plate", "order": [text]},
        {"table_name": "plate", "columns": [text]}, {"table_name": "plate", "join": [text]},
        {"table_name": "plate", "cursor": text}, {"table_name": "plate", "from": text},
    ):  # fmt: skip
        status, error = reader.refused("/query", **question)
        assert status == 400 and len(error) < 1000
    assert reader.count("plate") == rows


@pytest.mark.parametrize("body", [
    b"", b"[]", b"null", b"{", b'{"table_name": "plate", "limit": NaN}', b"\xff\xfe", b"[" * 100_000,
    b'{"table_name": "plate", "filters": {"confidence": NaN}}',
    b'{"table_name": "plate", "filters": {"confidence": 1e999}}',
    b'{"table_name": "plate", "filters": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
    b'{"table_name": "\\ud800"}', b'{"table_name": "plate", "filters": {"\\ud800": 1}}',
], ids=lambda body: ascii(body)[:40])  # fmt: skip
def test_a_body_that_is_no_question_is_400(reader: Caller, body: bytes) -> None:
    answer = reader.client.post("/query", content=body, headers=reader.headers)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_body_without_end_is_refused(reader: Caller) -> None:
    body = b'{"table_name": "plate", "filters": {"plateText": "' + b"x" * (1 << 20) + b'"}}'
    assert reader.client.post("/query", content=body, headers=reader.headers).status_code == 413


def test_json_that_does_not_say_so_is_told_how(reader: Caller) -> None:
    headers = {**reader.headers, "Content-Type": "application/x-www-form-urlencoded"}
    answer = reader.client.post("/query", content=b'{"table_name": "plate"}', headers=headers)
    assert answer.status_code == 400 and "Content-Type: application/json" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/query", "/count", "/tables"])
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic eDp4", "roadsieve_x", "Bearer ÿ"])
def test_nobody_asks_without_a_token(reader: Caller, path: str, header: str | None) -> None:
    given = {} if header is None else {"Authorization": header.encode("latin1")}
    headers = {"Content-Type": "application/json", **given}
    verb = "GET" if path == "/tables" else "POST"
    answer = reader.client.request(verb, path, content=b'{"table_name": "plate"}', headers=headers)
    assert answer.status_code == 401 and "roadsieve api token" in answer.json()["error"]
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_pages_that_are_not_there_are_answered_with_those_that_are(reader: Caller) -> None:
    for verb, path, status in (("GET", "/quarry", 404), ("GET", "/query", 405), ("DELETE", "/tables", 405)):
        answer = reader.client.request(verb, path)
        assert answer.status_code == status and "POST /query" in answer.json()["error"]


def test_more_bytes_than_a_question_may_read_are_refused_and_statistics_cost_none(lake: Settings) -> None:
    with api_on(lake.model_copy(update={"api_read_bytes": 5000})) as (reader, _):
        status, error = reader.refused("/query", table_name="plate", order=["confidence"])
        assert status == 413 and "ask for a shorter time" in error
        assert reader.count("plate", **{"from": "2025-11-25", "to": "2025-11-28"}) == reader.count("plate") > 0


@pytest.mark.slow
def test_without_an_audit_log_nothing_is_told(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    commit(settings, 1, count=20)
    with api_on(settings) as (reader, _):
        (settings.path_of_lake() / "audit.jsonl").unlink()
        (settings.path_of_lake() / "audit.jsonl").mkdir()
        status, error = reader.refused("/query", table_name="plate")
        assert status == 503 and "audit log" in error


@pytest.mark.slow
def test_a_file_that_vanished_is_503_and_named(tmp_path: Path) -> None:
    settings: Settings = settings_of(tmp_path)
    commit(settings, 1, count=20)
    for file in (tmp_path / "lake" / "warehouse").rglob("*.parquet"):
        file.unlink()
    with api_on(settings) as (reader, _):
        status, error = reader.refused("/query", table_name="plate")
        assert status == 503 and ".parquet" in error
