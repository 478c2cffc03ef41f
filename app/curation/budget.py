"""How many bytes a window may spend: what its share brings, what was carried over, and the limits of the policy."""

from __future__ import annotations

from app.curation.policy import Budget
from schemas.records import ArchiveState

DAY_US = 86_400_000_000


def allowance(budget: Budget, state: ArchiveState, window_bytes: int, ingested_at_us: int) -> int:
    """Return the bytes that may be spent now.

    `window_bytes` were seen in this window, `ingested_at_us` is its newest time of ingestion. A budget per day fills
    with the time between windows, the first window has a day's worth. A total alone gives each window a part of
    what is left.
    """
    incomes: list[int] = []
    if budget.share_ratio is not None:
        incomes.append(round(budget.share_ratio * window_bytes))
    if budget.bytes_per_day is not None:
        elapsed_us = ingested_at_us - state.ingested_at_us if state.windows else DAY_US
        incomes.append(budget.bytes_per_day * min(max(elapsed_us, 0), DAY_US) // DAY_US)
    left = None if budget.total_bytes is None else max(0, budget.total_bytes - state.bytes_kept)
    if left is not None and not incomes:
        incomes.append(round(left * budget.pace_ratio))
    income = min(incomes)
    able = income + min(state.allowance_bytes, budget.carry_bytes)
    return able if left is None else min(able, left)
