"""The law of the reader: whatever bytes come, they give rows or a reason, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import MalformedRecord
from app.lake.reading import read_recognized
from app.lake.rows import columns_of
from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import arrow_table
from schemas.records import PlatesRecognized
from tests.unit.lake.plain_rows import rows_of
from tests.unit.lake.results import AT_US, CAR_ALONE, FULL, NOTHING, PLATE_ALONE, results, sures, words

CASES, PARTS = 100_000, 20

strange = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("\ud800")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=6,
)
odd_times = st.one_of(
    st.integers(), st.floats(), st.datetimes().map(str), st.datetimes(timezones=st.timezones()).map(str),
    st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1970-01-01", "2106-02-07", 1e999]),
    st.text(max_size=12),
)  # fmt: skip
usual_times = st.sampled_from([AT_US, AT_US // 1000, "2025-11-25T12:00:00Z"])
times = st.integers(0, 3).flatmap(lambda one: odd_times if one == 0 else usual_times)
alike = st.one_of(sures, words, st.integers(-(2**63), 2**63 - 1), st.none())
"""What stands in a result somewhere, and may stand elsewhere."""


@st.composite
def sent(draw: st.DrawFn) -> Any:
    """A result to be spoilt: mostly one of few, for to draw one costs several times what reading it does."""
    known = draw(st.sampled_from([FULL, PLATE_ALONE, CAR_ALONE, NOTHING, None]))
    return json.loads(json.dumps(draw(results) if known is None else known))


@st.composite
def with_something_else(draw: st.DrawFn) -> bytes:
    """A result in which one value, at any depth, is another one, is gone, or stands beside one of a name unheard of."""
    said = draw(sent())
    place: Any = said
    for _ in range(draw(st.integers(0, 6))):
        inner = place.values() if isinstance(place, dict) else place
        deeper = [one for one in inner if isinstance(one, (dict, list)) and one]
        if not deeper:
            break
        place = draw(st.sampled_from(deeper))
    key = draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
    change = draw(st.sampled_from(["strange", "alike", "gone", "more"]))
    if change == "gone":
        del place[key]
    elif change == "more" and isinstance(place, dict):
        place[draw(words)] = draw(strange)
    elif change == "more":
        place.insert(key, place[key])
    else:
        place[key] = draw(strange if change == "strange" else alike)
    return json.dumps({**said, "timestamp": draw(times)}).encode()


@st.composite
def with_wrong_bytes(draw: st.DrawFn) -> bytes:
    """A result as bytes, of which some are cut, others put in."""
    said = {**draw(sent()), "timestamp": draw(times)}
    raw = bytearray(json.dumps(said, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass"))
    begin = draw(st.integers(0, len(raw)))
    raw[begin : begin + draw(st.integers(0, 8))] = draw(
        st.one_of(st.binary(max_size=8), st.text('019e-.,"').map(str.encode))
    )
    return bytes(raw)


no_result = st.one_of(st.binary(max_size=300), strange.map(json.dumps).map(str.encode))
anything = st.one_of(with_something_else(), with_something_else(), with_wrong_bytes(), no_result)


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
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_hundred_thousand_bytes_give_rows_or_a_reason(part: int) -> None:
    found: Counter[str] = Counter()

    @settings(max_examples=CASES // PARTS, deadline=None, suppress_health_check=[*HealthCheck])
    @given(anything, st.sampled_from([0, AT_US]))
    def each(raw: bytes, at_us: int) -> None:
        said = rows_or_a_reason(raw, at_us)
        assert said
        found["a reason" if isinstance(said, str) else "rows" if any(said.values()) else "a result of no plate"] += 1

    each()
    print(f"\nfuzz {part + 1} of {PARTS}:", ", ".join(f"{count:,} gave {what}" for what, count in found.most_common()))
    assert found.total() >= CASES // PARTS and len(found) == 3
