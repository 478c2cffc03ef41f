"""Results and files of the plate lake are counted by what became of them, and refusals by what is wrong."""

from __future__ import annotations

from typing import get_args

import pytest

from app.errors import UnusableResult
from app.lake.reading import RESULT_LIMIT_BYTES, Reason, read_result
from app.telemetry import exposition
from app.telemetry.lake import files_committed, results_read

UNUSABLE: dict[str, tuple[bytes, str]] = {
    "source": (b'{"frame_id": 1, "timestamp": "2025-11-25"}', ""),
    "size": (b" " * (RESULT_LIMIT_BYTES + 1), "gate-3"),
    "content": (b'{"frame_id": "one"}', "gate-3"),
    "clock": (b'{"frame_id": 1, "timestamp": "1970-01-01"}', "gate-3"),
    "no time": (b'{"frame_id": 1}', "gate-3"),
    "time": (b'{"frame_id": 1, "timestamp": "noon"}', "gate-3"),
}


def value(series: str) -> float:
    found = [line for line in exposition().decode().splitlines() if line.startswith(f"{series} ")]
    return float(found[0].split()[-1]) if found else 0.0


@pytest.mark.parametrize("reason", get_args(Reason))
def test_a_refusal_has_its_reason_for_counting(reason: str) -> None:
    raw, source_id = UNUSABLE[reason]
    with pytest.raises(UnusableResult) as refused:
        read_result(raw, source_id)
    assert refused.value.reason == reason


def test_results_are_counted_by_what_became_of_them() -> None:
    series = ['roadsieve_lake_results_total{outcome="new"}', 'roadsieve_lake_results_total{outcome="repeated"}',
              'roadsieve_lake_results_total{outcome="refused"}', 'roadsieve_lake_refused_total{reason="clock"}',
              "roadsieve_lake_age_seconds_count"]  # fmt: skip
    before = [value(one) for one in series]
    results_read(5, 2, ["clock", "content", "clock"], 1_764_072_000_000_000)
    results_read(0, 1, [], 0)
    assert [value(one) - was for one, was in zip(series, before, strict=True)] == [5, 3, 3, 2, 1]


def test_files_are_counted_for_their_table() -> None:
    series = [f'roadsieve_lake_{what}_total{{table="plate"}}' for what in ("files", "rows", "bytes")]
    before = [value(one) for one in series]
    files_committed("plate", 2, 300, 4000)
    assert [value(one) - was for one, was in zip(series, before, strict=True)] == [2, 300, 4000]
    assert value('roadsieve_lake_committed_at_seconds{table="plate"}') > 1.7e9
