"""Infrastructure errors are retried with back-off within a budget while the partition waits, then raised."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiokafka.errors import KafkaError

from app import telemetry
from app.errors import InfrastructureError
from app.kafka_faults import missing_right

T = TypeVar("T")

#: What a dependency raises: it says nothing about the record being processed. TimeoutError is an OSError.
INFRASTRUCTURE = (InfrastructureError, OSError, KafkaError, MemoryError)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 10.0


class BudgetSpent(Exception):
    """A dependency kept failing for the whole retry budget."""


async def within_budget(attempt: Callable[[], Awaitable[T]], what: str, stage: str, budget_s: float) -> T:
    """Call until it succeeds, pausing 0.1 s to 10 s between attempts; raise BudgetSpent after budget_s of failure.

    Data errors and defects pass through at once; a right that is missing on Kafka is raised as an OperatorError.
    """
    loop = asyncio.get_running_loop()
    pause_s, first_failure_s = FIRST_PAUSE_S, None
    while True:
        try:
            return await attempt()
        except INFRASTRUCTURE as error:
            if (missing := missing_right(error)) is not None:  # it does not come back by waiting
                raise missing from error
            now_s = loop.time()
            first_failure_s = now_s if first_failure_s is None else first_failure_s
            if now_s - first_failure_s >= budget_s or isinstance(error, MemoryError):
                raise BudgetSpent(f"{what}: failed for {now_s - first_failure_s:.0f} s: {error!r}") from error
            telemetry.retried(stage, what, error, pause_s)
        # full jitter: partitions that failed together do not come back together
        await asyncio.sleep(random.uniform(pause_s / 2, pause_s))
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
