"""Who asks for verified rows gets those of the days that were checked in full and found good, and no others."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.lake.open import open_blocking
from app.lake.validation.results import keep
from app.lake.validation.rules import Outcome, Verdict
from app.settings import Settings
from tests.unit.lake_api.small_lake import api_on, commit, settings_of


def checked(settings: Settings, day: str, verdict: Verdict, at: datetime) -> None:
    warehouse = open_blocking(settings)
    outcome = Outcome(day, "rows", "plate", True, verdict, 1.0, "")
    keep(warehouse, [outcome], "full", round(at.timestamp() * 1e6))
    warehouse.close()


@pytest.mark.slow
def test_only_days_that_were_found_good_are_verified_and_one_found_wanting_leaves_again(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    commit(settings, seed=1)
    with api_on(settings) as (reader, _):
        days = sorted({row["seenAt"][:10] for row in reader.rows("plate", limit=1000)})
        assert len(days) == 3
        assert reader.rows("plate", verified=True) == []
        checked(settings, days[0], "passed", datetime(2026, 1, 1, tzinfo=UTC))
        checked(settings, days[1], "failed", datetime(2026, 1, 1, tzinfo=UTC))
        found = reader.rows("plate", verified=True, limit=1000)
        assert found == [row for row in reader.rows("plate", limit=1000) if row["seenAt"][:10] == days[0]]
        assert reader.count("plate", verified=True) == len(found) > 0
        joined = reader.rows("car", join=["color"], verified=True, limit=1000)
        assert {row["seenAt"][:10] for row in joined} == {days[0]}
        checked(settings, days[0], "failed", datetime(2026, 1, 2, tzinfo=UTC))
        assert reader.count("plate", verified=True) == 0
