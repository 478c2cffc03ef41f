"""Metrics of calls to the stores: seconds, errors, retries, bytes, in flight; the same for every adapter of a port.

An adapter wraps each request that it sends:

    with store_call("objects", "s3", "put"):
        await client.put_object(…)
    store_moved("objects", "s3", "out", len(body))

The names are the port, the adapter's file and the port's method; nothing of the request may become a label.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from app.errors import InfrastructureError
from app.telemetry.declare import SECONDS, counter, error_label, gauge, histogram

Store = Literal["objects", "catalog", "registry"]

CALL_SECONDS = histogram(
    "roadsieve_store_call_seconds", "Time of one call to a store, failed ones too.", SECONDS, "store", "adapter", "call"
)
CALL_ERRORS = counter(
    "roadsieve_store_errors", "Calls to a store that failed, by class of the error.", "store", "adapter", "error"
)
CALLS_IN_FLIGHT = gauge("roadsieve_store_calls_in_flight", "Calls to a store under way.", "store", "adapter")
CALL_RETRIES = counter(
    "roadsieve_store_retries", "Calls to a store that an adapter repeated by itself.", "store", "adapter"
)
MOVED_BYTES = counter(
    "roadsieve_store_bytes", "Bytes sent to a store (out) or got from it (in).", "store", "adapter", "direction"
)


def store_opened(store: Store, adapter: str) -> None:
    """Show at zero what may go wrong with a store, so that the first time is seen as a rise."""
    CALLS_IN_FLIGHT.labels(store, adapter)
    CALL_ERRORS.labels(store, adapter, InfrastructureError.__name__)
    CALL_RETRIES.labels(store, adapter)
    for direction in ("in", "out"):
        MOVED_BYTES.labels(store, adapter, direction)


@contextmanager
def store_call(store: Store, adapter: str, call: str) -> Iterator[None]:
    """Measure what happens inside as one call; what it raises goes on, counted under its class.

    Wrap it outside the translation of the client's errors, so that the classes are those of app/errors.py.
    """
    in_flight, began_s = CALLS_IN_FLIGHT.labels(store, adapter), time.perf_counter()
    in_flight.inc()
    try:
        yield
    except Exception as error:
        CALL_ERRORS.labels(store, adapter, error_label(error)).inc()
        raise
    finally:
        in_flight.dec()
        CALL_SECONDS.labels(store, adapter, call).observe(time.perf_counter() - began_s)


def store_retried(store: Store, adapter: str) -> None:
    """Count a call that an adapter repeats by itself."""
    CALL_RETRIES.labels(store, adapter).inc()


def store_moved(store: Store, adapter: str, direction: Literal["in", "out"], size_bytes: int) -> None:
    """Count bytes that went to a store (out) or came from it (in)."""
    MOVED_BYTES.labels(store, adapter, direction).inc(size_bytes)
