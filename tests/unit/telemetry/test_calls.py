"""Laws of measured calls: each is counted once whatever becomes of it, and nothing of a request becomes a label."""

from __future__ import annotations

import asyncio

import pytest

from app.errors import InfrastructureError, ObjectVanished
from app.telemetry import store_call, store_moved, store_opened, store_retried
from app.telemetry.declare import REGISTRY


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def calls(adapter: str) -> float | None:
    return value("roadsieve_store_call_seconds_count", store="objects", adapter=adapter, call="put")


def failed(adapter: str, error: str) -> float | None:
    return value("roadsieve_store_errors_total", store="objects", adapter=adapter, error=error)


@pytest.mark.parametrize(
    ("error", "label"),
    [
        (InfrastructureError("s3", "away", "wait"), "InfrastructureError"),
        (ObjectVanished("key", "gone", "look"), "ObjectVanished"),
        (ZeroDivisionError(), "defect"),
    ],
)
def test_a_failed_call_is_counted_under_its_class_and_raises_on(error: Exception, label: str) -> None:
    adapter = f"fails-{label}"
    with pytest.raises(type(error)), store_call("objects", adapter, "put"):
        raise error
    assert (calls(adapter), failed(adapter, label)) == (1, 1)
    assert value("roadsieve_store_calls_in_flight", store="objects", adapter=adapter) == 0


def test_a_call_is_in_flight_while_it_lasts() -> None:
    with store_call("objects", "lasts", "put"):
        assert value("roadsieve_store_calls_in_flight", store="objects", adapter="lasts") == 1
        assert calls("lasts") is None
    assert value("roadsieve_store_calls_in_flight", store="objects", adapter="lasts") == 0
    assert calls("lasts") == 1


async def test_a_cancelled_call_is_no_error() -> None:
    async def call() -> None:
        with store_call("objects", "cancelled", "put"):
            await asyncio.sleep(60)

    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (calls("cancelled"), failed("cancelled", "defect")) == (1, None)


def test_what_may_go_wrong_is_shown_at_zero_before_it_does() -> None:
    store_opened("objects", "fresh")
    assert failed("fresh", "InfrastructureError") == 0
    store_retried("objects", "fresh")
    store_moved("objects", "fresh", "out", 7)
    assert value("roadsieve_store_retries_total", store="objects", adapter="fresh") == 1
    assert value("roadsieve_store_bytes_total", store="objects", adapter="fresh", direction="out") == 7
    assert value("roadsieve_store_bytes_total", store="objects", adapter="fresh", direction="in") == 0
