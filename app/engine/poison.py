"""Applies a batch; a record that makes it fail is found by halving, and the rest is applied as one batch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from app.engine.batch import Batch, Overlay, Readable
from app.engine.item import Item
from app.engine.retry import INFRASTRUCTURE
from app.errors import OperatorError

Items = Sequence[Item[Any, Any]]
Apply = Callable[[Batch[Any, Any]], Awaitable[None]]
NewBatch = Callable[[Items, Overlay], Batch[Any, Any]]

#: Errors that say nothing about a record.
NOT_THE_RECORD = (*INFRASTRUCTURE, OperatorError)


class StageDefect(Exception):
    """The agent function fails on a batch of which every half succeeds: no record is at fault, its code is."""


async def apply_isolating(apply: Apply, items: Items, below: Readable, new_batch: NewBatch) -> Batch[Any, Any]:
    """Return the applied batch of all records that can be applied; the others carry their error.

    `below` is only read: failed attempts write to overlays that are thrown away. Raises infrastructure errors.
    """
    good = [item for item in items if item.error is None]
    while True:
        batch = new_batch(good, Overlay(below))
        if not good:
            return batch
        try:
            await apply(batch)
            return batch
        except NOT_THE_RECORD:
            raise
        except Exception as error:  # whatever the agent function raises is about a record until halving finds none
            if len(good) == 1:
                good[0].error = error
            else:
                await _halve(apply, good, Overlay(below), new_batch)
            left = [item for item in good if item.error is None]
            if len(left) == len(good):
                raise StageDefect(
                    f"batch {good[0]!r} to {good[-1]!r} fails as a whole, but not by any record: {error!r}"
                ) from error
            good = left


async def _halve(apply: Apply, items: Items, scratch: Overlay, new_batch: NewBatch) -> None:
    """Mark the records at fault among items that fail together; later halves see what earlier ones wrote."""
    middle = len(items) // 2
    for half in (items[:middle], items[middle:]):
        trial = new_batch(half, Overlay(scratch))
        try:
            await apply(trial)
        except NOT_THE_RECORD:
            raise
        except Exception as error:  # see apply_isolating
            if len(half) == 1:
                half[0].error = error
            else:
                await _halve(apply, half, scratch, new_batch)
        else:
            scratch.dirty.update(trial.overlay.dirty)
