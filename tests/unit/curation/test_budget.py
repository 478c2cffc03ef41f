"""How many bytes a window may spend."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.curation.budget import DAY_US, allowance
from app.curation.decide import new_archive
from app.curation.policy import Budget

STATE = replace(new_archive("a", ""), windows=3, allowance_bytes=50, bytes_kept=400, ingested_at_us=1_000)


@pytest.mark.parametrize(
    ("budget", "bytes_allowed"),
    [
        (Budget(share_ratio=0.1), 150),
        (Budget(share_ratio=0.0), 50),
        (Budget(share_ratio=0.1, carry_bytes=20), 120),
        (Budget(bytes_per_day=2_000), 1_050),
        (Budget(share_ratio=0.1, bytes_per_day=2_000), 150),
        (Budget(total_bytes=1_000, pace_ratio=0.1), 110),
        (Budget(total_bytes=420, share_ratio=0.1), 20),
        (Budget(total_bytes=300, share_ratio=0.1), 0),
    ],
)
def test_a_window_may_spend_its_income_and_what_was_carried_within_every_limit(
    budget: Budget, bytes_allowed: int
) -> None:
    assert allowance(budget, STATE, window_bytes=1_000, ingested_at_us=1_000 + DAY_US // 2) == bytes_allowed


def test_a_clock_that_was_set_back_earns_nothing_and_a_long_silence_one_day() -> None:
    budget = Budget(bytes_per_day=1_000)
    assert allowance(budget, STATE, 0, ingested_at_us=0) == 50
    assert allowance(budget, STATE, 0, ingested_at_us=1_000 + 9 * DAY_US) == 1_050
