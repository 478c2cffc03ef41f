"""Metrics and events of inference: what runs on which hardware, how long pictures wait, how full batches are."""

from __future__ import annotations

from collections.abc import Iterable
from logging import INFO

from app.telemetry.declare import PICTURES, SECONDS, counter, gauge, histogram
from app.telemetry.lines import emit

NETWORK = gauge(
    "roadsieve_network",
    "1 for each network that is open, with the hardware that really runs it.",
    "network",
    "provider",
)
INFER_SECONDS = histogram("roadsieve_infer_seconds", "Time of one pass of a network over a batch.", SECONDS, "network")
QUEUE_SECONDS = histogram(
    "roadsieve_network_queue_seconds", "Time a picture waited for its batch.", SECONDS, "network"
)  # fmt: skip
BATCH_PICTURES = histogram("roadsieve_network_batch_pictures", "Pictures in one batch.", PICTURES, "network")
PADDED = counter("roadsieve_network_padded_slots", "Slots of batches that held no picture.", "network")


def network_opened(network: str, provider: str, page_locked: bool) -> None:
    """Tell which hardware a network really runs on, and whether its batches lie in page-locked memory."""
    NETWORK.labels(network, provider).set(1)
    message = "network {network} runs on {provider}, page-locked: {page_locked}"
    emit(INFO, "network_opened", message, network=network, provider=provider, page_locked=page_locked)


def network_judged(network: str, pictures: int, slots: int, waited_s: Iterable[float], infer_s: float) -> None:
    """Count one batch of a network; slots counts padding too, waited_s has one time per picture."""
    INFER_SECONDS.labels(network).observe(infer_s)
    BATCH_PICTURES.labels(network).observe(pictures)
    PADDED.labels(network).inc(slots - pictures)
    queue = QUEUE_SECONDS.labels(network)
    for one_s in waited_s:
        queue.observe(one_s)
