"""Runs a stage's ask for many records at once: capacity, time-out, retries; answer or error lands in the item."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from app import telemetry
from app.engine.declare import Ask, Peek
from app.engine.item import Item
from app.engine.retry import BudgetSpent, within_budget
from app.errors import OperatorError


class Asker:
    """Share an ask's capacity among all partitions of the stage in this process."""

    def __init__(self, stage: str, ask: Ask, budget_s: float) -> None:
        self.stage, self.ask, self.budget_s = stage, ask, budget_s
        self.attempts = 0
        """Finished, in success or failure: a retried ask is getting on, within its budget."""
        self.in_flight = 0
        self._slots = asyncio.Semaphore(ask.at_once)

    async def settle(self, item: Item[Any, Any], peek: Peek[Any]) -> None:
        """Set the item's answer, or its error when the record is at fault; raise what outlasts the budget."""
        try:
            what = f"ask of {item!r}"
            item.answer = await within_budget(lambda: self._attempt(item, peek), what, self.stage, self.budget_s)
        except (BudgetSpent, OperatorError):
            raise
        except Exception as error:  # whatever else an ask raises speaks of this record: it goes to dead.letters
            item.error = error
        item.settled = True

    async def _attempt(self, item: Item[Any, Any], peek: Peek[Any]) -> Any:
        async with self._slots:
            began_s, call = time.perf_counter(), self.ask.call
            self.in_flight += 1
            try:
                async with asyncio.timeout(self.ask.timeout_s):
                    answer = await (call(item.value, peek) if self.ask.wants_peek else call(item.value))
            finally:
                self.attempts += 1
                self.in_flight -= 1
            telemetry.asked(self.stage, time.perf_counter() - began_s)
            return answer
