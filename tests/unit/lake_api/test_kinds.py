"""The time of a question is told by its table and kind, of closed lists, to whoever asks for metrics."""

from __future__ import annotations

from typing import Any

import pytest

from app.lake_api.body import CountBody
from app.lake_api.kinds import kind_of
from app.lake_api.question import counted
from tests.unit.lake_api.small_lake import Caller

DAY = {"from": "2025-11-25", "to": "2025-11-26"}


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"table_name": "plate", "filters": {"plateText": "AB001"}}, "plate"),
        ({"table_name": "color", "join": ["plate"], "filters": {"plate.plateText": {"in": ["AB001"]}}, **DAY}, "plate"),
        ({"table_name": "plate", "filters": {"plateText": {"ge": "AB"}}, **DAY}, "day"),
        ({"table_name": "color", "filters": {"color": "white"}, **DAY}, "day"),
        ({"table_name": "color", "from": "2025-11-25", "to": "2025-11-26T00:00:01"}, "long"),
        ({"table_name": "color", "from": "2025-11-25"}, "long"),
        ({"table_name": "sighting"}, "long"),
    ],
    ids=str,
)
def test_a_question_is_of_one_kind(asked: dict[str, Any], kind: str) -> None:
    question = counted(CountBody(**asked), may_read_plates=True)
    assert kind_of(question, "query") == kind
    assert kind_of(question, "count") == "count"


def test_whoever_asks_for_metrics_sees_how_many_questions_took_how_long(reader: Caller) -> None:
    def told() -> float:
        series = 'roadsieve_lake_query_seconds_count{kind="day",table="country"}'
        found = [line for line in reader.client.get("/metrics").text.splitlines() if line.startswith(series)]
        return float(found[0].split()[-1]) if found else 0.0

    before = told()
    reader.rows("country", **DAY)
    assert told() == before + 1
