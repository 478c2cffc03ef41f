"""What the networks do: hardware, speed, waiting, how full their batches are."""

from __future__ import annotations

from ops.dashboards.board import Board
from ops.dashboards.panels import lines, number, quantiles

_RATE = "[$__rate_interval]"

BOARD = Board(
    name="models",
    title="roadsieve: models",
    question="Do the networks keep up, and on the hardware that they should run on?",
    rows=[
        (
            "Now",
            [
                number(
                    "Networks, by hardware", "Processes that have the network open, on what really runs it.", "short",
                    ("sum by (network, provider) (roadsieve_network)", "{{network}} on {{provider}}"), width=8,
                ),
                number(
                    "Pictures per second", "Judged, over all processes.", "short",
                    (f"sum by (network) (rate(roadsieve_network_batch_pictures_sum{_RATE}))", "{{network}}"), width=8,
                ),
                number(
                    "Behind", "Age of the oldest segment that the detector has not committed.", "s",
                    ('max(roadsieve_lag_seconds{stage="detector"})', "detector"), width=8,
                ),
            ],
        ),
        (
            "Inference",
            [
                quantiles(
                    "One pass over a batch", "Time in the session alone.", "roadsieve_infer_seconds", "network"
                ),
                quantiles(
                    "Waiting for a batch", "From being asked about to the beginning of its batch.",
                    "roadsieve_network_queue_seconds", "network",
                ),
                lines(
                    "Pictures of a batch, mean", "At the largest while pictures wait: more instances or hardware help.",
                    "short",
                    (
                        f"sum by (network) (rate(roadsieve_network_batch_pictures_sum{_RATE})) / "
                        f"sum by (network) (rate(roadsieve_network_batch_pictures_count{_RATE}))",
                        "{{network}}",
                    ),
                ),
                lines(
                    "Padding", "Share of the slots that held no picture.", "percentunit",
                    (
                        f"sum by (network) (rate(roadsieve_network_padded_slots_total{_RATE})) / "
                        f"(sum by (network) (rate(roadsieve_network_padded_slots_total{_RATE})) + "
                        f"sum by (network) (rate(roadsieve_network_batch_pictures_sum{_RATE})))",
                        "{{network}}",
                    ),
                ),
                lines(
                    "Time in sessions", "Seconds of inference per second: 1 is one session busy all the time.", "short",
                    (f"sum by (network) (rate(roadsieve_infer_seconds_sum{_RATE}))", "{{network}}"),
                ),
                quantiles(
                    "One segment, with decoding", "From the object store to what was seen.", "roadsieve_ask_seconds",
                    "stage", '{stage="detector"}',
                ),
            ],
        ),
    ],
)  # fmt: skip
