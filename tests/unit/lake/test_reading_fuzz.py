"""The law of the reader: whatever bytes come, they give rows or a reason, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import MalformedRecord
from app.lake.reading import read_recognized
from app.lake.rows import columns_of, rows_of
from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import arrow_table
from schemas.records import PlatesRecognized
from tests.unit.lake.results import AT_US, FULL, results

strange = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("\ud800")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=6,
)
times = st.one_of(
    st.integers(), st.floats(), st.datetimes().map(str), st.datetimes(timezones=st.timezones()).map(str),
    st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1970-01-01", "2106-02-07", 1e999]),
    st.text(max_size=12),
)  # fmt: skip


@st.composite
def with_something_else(draw: st.DrawFn) -> bytes:
    """A result in which one value, at any depth, is another one."""
    said = draw(st.one_of(results, st.just(json.loads(json.dumps(FULL)))))
    place: Any = said
    for _ in range(draw(st.integers(0, 6))):
        inner = place.values() if isinstance(place, dict) else place
        deeper = [one for one in inner if isinstance(one, (dict, list)) and one]
        if not deeper:
            break
        place = draw(st.sampled_from(deeper))
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    if keys:
        place[draw(st.sampled_from(keys))] = draw(strange)
    return json.dumps({**said, "timestamp": draw(times)}).encode() if isinstance(said, dict) else b"null"


@st.composite
def with_wrong_bytes(draw: st.DrawFn) -> bytes:
    """A result as bytes, of which some are cut, others put in."""
    raw = bytearray(json.dumps(draw(results), ensure_ascii=draw(st.booleans())).encode())
    begin = draw(st.integers(0, len(raw)))
    raw[begin : begin + draw(st.integers(0, 8))] = draw(st.binary(max_size=8))
    return bytes(raw)


anything = st.one_of(st.binary(max_size=300), with_something_else(), with_wrong_bytes(), strange.map(json.dumps).map(
    lambda text: text.encode("utf-8", "surrogatepass")))  # fmt: skip


def rows_or_a_reason(raw: bytes, at_us: int) -> str | dict[str, int]:
    try:
        result = read_recognized(PlatesRecognized("gate-3", at_us, "", raw))
    except MalformedRecord as error:
        return str(error)
    counts = {}
    for name, rows in rows_of(result).items():
        table = arrow_table(LAKE_TABLES[name], columns_of(name, rows))
        table.validate(full=True)
        counts[name] = len(table)
    return counts


@pytest.mark.slow
@given(anything, st.sampled_from([0, AT_US]))
def test_any_bytes_give_rows_or_a_reason(raw: bytes, at_us: int) -> None:
    assert rows_or_a_reason(raw, at_us)


@pytest.mark.chaos
@pytest.mark.timeout(3000)
@settings(max_examples=100_000, deadline=None, suppress_health_check=[*HealthCheck])
@given(anything, st.sampled_from([0, AT_US]))
def test_a_hundred_thousand_bytes_give_rows_or_a_reason(raw: bytes, at_us: int) -> None:
    assert rows_or_a_reason(raw, at_us)
