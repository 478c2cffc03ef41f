"""A logged result is read whatever its dialect, has one identity, or is refused with the reason."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import MalformedRecord, UnusableResult
from app.lake.reading import RESULT_LIMIT_BYTES, read_recognized, read_result
from app.lake.tables import RESULT_TABLES
from schemas.records import PlatesRecognized
from tests.unit.lake.plain_rows import rows_of
from tests.unit.lake.results import AT_US, CAR_ALONE, FULL, NOTHING, PLATE_ALONE, result, results


def test_a_full_result_says_what_a_person_reads_in_it() -> None:
    said = result(FULL).said
    assert said.frame_id == 178
    assert said.latency_frames_misspelt == 0
    assert said.plates is not None
    entry = said.plates[0]
    assert (entry.text, entry.confidences[:2]) == ("粤BDX503*", (87.0, 99.6))
    assert [(one.code, one.state) for one in entry.countries] == [("CHN", ""), ("USA", "Iowa")]
    assert entry.car is not None
    assert [(one.name, one.klass) for one in entry.car.colors] == [("white", 0), ("black", 1)]
    assert [one.year for one in entry.car.makes] == [2012, "0-9", 2012, 2012]


@pytest.mark.parametrize("said", [PLATE_ALONE, CAR_ALONE, NOTHING, None, {"frame_id": 1, "plates": None}])
def test_every_variant_of_the_contract_is_a_result(said: Any) -> None:
    assert result(said).at_us == AT_US


@pytest.mark.parametrize(
    ("timestamp", "at_us"),
    [
        ("2025-11-25T12:00:00Z", AT_US),
        ("2025-11-25T12:00:00", AT_US),
        ("2025-11-25 13:00:00.000001+01:00", AT_US + 1),
        (AT_US // 1_000_000, AT_US),
        (AT_US / 1_000_000, AT_US),
        (AT_US // 1000, AT_US),
        (AT_US, AT_US),
    ],
)
def test_the_log_says_when_in_several_ways(timestamp: Any, at_us: int) -> None:
    assert result({**NOTHING, "timestamp": timestamp}, at_us=None).at_us == at_us


def test_the_envelope_is_believed_before_the_log() -> None:
    raw = json.dumps({**NOTHING, "timestamp": "2020-01-01"}).encode()
    assert read_recognized(PlatesRecognized("gate-3", AT_US, "", raw)).at_us == AT_US
    assert read_recognized(PlatesRecognized("gate-3", 0, "", raw)).at_us != AT_US


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "truncated"),
        (b"\xff\xfe", "malformed"),
        (b"[]", "got `array`"),
        (b'"text"', "got `str`"),
        (b'{"plates": [', "truncated"),
        (b'{"frame_id": 1, "plates": {}}', "$.plates"),
        (b'{"frame_id": 1, "plates": [{"confidences": [NaN]}]}', "malformed"),
        (b'{"frame_id": 1, "plates": [{"confidences": [1e999]}]}', "$.plates[0].confidences[0]"),
        (b'{"frame_id": 1, "plates": [{"confidences": [87, 101]}]}', "$.plates[0].confidences[1]"),
        (b'{"frame_id": 1, "plates": [{"car": {"confidence": -1}}]}', "$.plates[0].car.confidence"),
        (b'{"frame_id": 1, "plates": [{"warpedBox": [1, 2, 3]}]}', "$.plates[0].warpedBox"),
        (b'{"text": "K643ET10", "confidences": [87, 99]}', "frame_id"),
        (b'{"frame_id": 9223372036854775808}', "$.frame_id"),
        (b'{"frame_id": 1, "timestamp": -9223372036854775809}', "$.timestamp"),
        (b'{"frame_id": 1, "plates": ' + b"[" * 100_000, "what the SDK writes"),
        (b'{"frame_id": 1}' + b" " * RESULT_LIMIT_BYTES, "bytes"),
    ],
)
def test_what_is_no_result_is_refused_with_the_place(raw: bytes, told: str) -> None:
    with pytest.raises(MalformedRecord, match="gate-3") as refused:
        read_result(raw, "gate-3", at_us=AT_US)
    assert told in refused.value.why


def test_a_result_of_ten_million_plates_is_told_by_its_size() -> None:
    raw = b'{"frame_id": 0, "plates": [' + b"{}," * 9_999_999 + b"{}]}"
    with pytest.raises(UnusableResult, match=rf"gate-3.*{len(raw)} bytes; one result has at most {RESULT_LIMIT_BYTES}"):
        read_result(raw, "gate-3", at_us=AT_US)


@pytest.mark.parametrize(
    ("timestamp", "told"),
    [(None, "timestamp"), ("", "timestamp"), ("yesterday", "ISO 8601"), (0, "2000"), ("1970-01-01", "2000"),
     ("2106-02-07", "2000"), (-5, "2000"), (4.3e18, "2000"), (-2e302, "2000"), (2e302, "2000")],
)  # fmt: skip
def test_a_time_that_cannot_be_meant_is_refused(timestamp: Any, told: str) -> None:
    with pytest.raises(MalformedRecord, match=told):
        result({**NOTHING, "timestamp": timestamp}, at_us=None)


def test_a_result_without_a_source_is_refused() -> None:
    with pytest.raises(MalformedRecord, match="no source"):
        result(NOTHING, source_id="")


@given(results)
def test_how_a_result_is_written_does_not_change_who_it_is(said: dict[str, Any]) -> None:
    backwards = json.dumps(dict(reversed(said.items())), indent=2, ensure_ascii=False).encode()
    again = read_result(backwards, "gate-3", at_us=AT_US)
    assert again == result(said)
    assert again.result_id != result(said, source_id="gate-4").result_id
    assert again.result_id != result(said, at_us=AT_US + 1).result_id


def test_ids_stay_what_they_were_given() -> None:
    """A lake is joined by them for years: a contract that grows or a library that changes may not change one."""
    assert [result(said).result_id for said in (FULL, PLATE_ALONE, NOTHING)] == [
        "d2e3967bad29b8fcfb31539e485c6c02", "2144fe9d524cebef425f6beb3df5b30d", "05442b2eec9c98dffbbff8ed9b5b3f43",
    ]  # fmt: skip
    assert result({**FULL, "sharpness": 0.5}).result_id == result(FULL).result_id


@given(st.one_of(st.binary(max_size=200), results.map(lambda said: json.dumps(said).encode()[:-1])))
def test_any_bytes_are_a_result_or_a_reason(raw: bytes) -> None:
    with suppress(MalformedRecord):
        assert rows_of(read_result(raw, "gate-3", at_us=AT_US)).keys() == RESULT_TABLES.keys()


@pytest.mark.parametrize(
    ("file", "count", "plates", "first_text"),
    [("results_video.jsonl", 22, 21, "3PEDLM*"), ("result_single_image.json", 1, 1, "3PEDLM*"),
     ("official_comment_sample.json", 1, 1, "K643ET10")],
)  # fmt: skip
def test_the_published_samples_read_as_a_person_reads_them(
    shared_data: Path, file: str, count: int, plates: int, first_text: str
) -> None:
    text = (shared_data / "alpr" / file).read_text()
    written = text.splitlines() if file.endswith("jsonl") else [text]
    said = [read_result(one.encode(), "gate-3", at_us=AT_US).said for one in written]
    entries = [entry for one in said for entry in one.plates or ()]
    assert (len(said), len(entries), entries[0].text) == (count, plates, first_text)
