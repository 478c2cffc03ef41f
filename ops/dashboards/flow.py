"""Where is it stuck: lag, waiting and time of each stage, one row per stage."""

from __future__ import annotations

from agents import STAGES
from ops.dashboards.board import Board
from ops.dashboards.panels import PanelPlan, lines, number, quantiles

_RATE = "[$__rate_interval]"


def _stage(stage: str) -> list[PanelPlan]:
    mine = f'{{stage="{stage}"}}'
    times = [
        (
            f"histogram_quantile(0.95, sum by (le) (rate(roadsieve_{step}_seconds_bucket{mine}{_RATE})))",
            f"{step.replace('_', ' ')}",
        )
        for step in ("batch_wait", "apply", "commit")
    ]
    return [
        lines(
            "Records in and out", "Per second; in are records committed, out what was sent to other topics.", "short",
            (f"sum(rate(roadsieve_records_total{mine}{_RATE}))", "in"),
            (f"sum(rate(roadsieve_outputs_total{mine}{_RATE}))", "out"), width=6,
        ),
        lines(
            "Time of a batch, p95",
            "Waiting since the first record was ready; the agent function; the transaction.", "s", *times, width=6,
        ),
        lines(
            "Records of a batch, mean", "Small ones with lag: something slow sits before them.", "short",
            (
                f"rate(roadsieve_batch_records_sum{mine}{_RATE}) / rate(roadsieve_batch_records_count{mine}{_RATE})",
                "records",
            ),
            width=6,
        ),
        lines(
            "Held in memory", "Read and not yet committed, over all partitions.", "decbytes",
            (f"sum(roadsieve_held_bytes{mine})", "held"), width=6,
        ),
    ]  # fmt: skip


BOARD = Board(
    name="flow",
    title="roadsieve: flow",
    question="Where is it stuck? The first stage that lags is the slow one, or waits for a store.",
    rows=[
        (
            "All stages",
            [
                *(
                    number(
                        stage, "Age of the oldest record that it has not committed.", "s",
                        (f'max(roadsieve_lag_seconds{{stage="{stage}"}})', "behind"), width=4,
                    )
                    for stage in STAGES
                ),
                lines(
                    "Behind, in seconds", "Age of the oldest record read and not yet committed.", "s",
                    ("max by (stage) (roadsieve_lag_seconds)", "{{stage}}"),
                ),
                lines(
                    "Behind, in records", "As the workers see it.", "short",
                    ("sum by (stage) (roadsieve_lag_records)", "{{stage}}"),
                ),
                lines(
                    "Held, in records", "Read and not yet committed: what a kill would make a worker read again.",
                    "short", ("sum by (stage) (roadsieve_held_records)", "{{stage}}"),
                ),
                lines(
                    "Records", "Committed per second.", "short",
                    (f"sum by (stage) (rate(roadsieve_records_total{_RATE}))", "{{stage}}"),
                ),
                lines(
                    "Retries", "Attempts per second that a dependency failed; the partition waits.", "short",
                    (f"sum by (stage) (rate(roadsieve_retries_total{_RATE}))", "{{stage}}"),
                ),
                lines(
                    "Dead letters", "In the last hour, by class of the error and by stage.", "short",
                    ("sum by (error) (increase(roadsieve_dead_letters_total[1h]))", "{{error}}"),
                    ("sum by (stage) (increase(roadsieve_dead_letters_total[1h]))", "{{stage}}"),
                ),
                lines(
                    "Asks in flight", "At its bound (at_once) a stage waits for what it asks.", "short",
                    ("sum by (stage) (roadsieve_asks_in_flight)", "{{stage}}"),
                ),
                quantiles(
                    "Answered asks", "Store, network or stills: the slow part of porter, detector and librarian.",
                    "roadsieve_ask_seconds", "stage",
                ),
            ],
        ),
        *((stage, _stage(stage)) for stage in STAGES),
        (
            "Partitions and state",
            [
                lines(
                    "Partitions running", "All that a topic has, unless a rebalance is under way.", "short",
                    ("count by (stage) (roadsieve_partition_state == 2)", "{{stage}}"), width=6,
                ),
                lines(
                    "Local state", "RocksDB, files and memory; a cache of the changelog.", "decbytes",
                    ("sum by (stage) (roadsieve_state_bytes)", "{{stage}}"), width=6,
                ),
                lines(
                    "Rows of state", "As RocksDB estimates them.", "short",
                    ("sum by (stage) (roadsieve_state_rows)", "{{stage}}"), width=6,
                ),
                lines(
                    "Recovery left", "Changelog offsets that are still to be read.", "short",
                    ("sum by (stage) (roadsieve_recovery_left_offsets)", "{{stage}}"), width=6,
                ),
                lines(
                    "Last recovery", "Of the slowest partition.", "s",
                    ("max by (stage) (roadsieve_recovery_seconds)", "{{stage}}"), width=6,
                ),
                lines(
                    "Rows recovered", "Changelog rows read per second.", "short",
                    (f"sum by (stage) (rate(roadsieve_recovered_rows_total{_RATE}))", "{{stage}}"), width=6,
                ),
                lines(
                    "Lost", "Offsets that retention removed before they were read, since the workers started.",
                    "short", ("sum by (stage) (roadsieve_lost_offsets_total) or vector(0)", "{{stage}}"),
                    width=6,
                ),
            ],
        ),
        (
            "Processes",
            [
                lines("Memory", "Resident.", "decbytes", ("process_resident_memory_bytes", "{{job}} {{instance}}")),
                lines(
                    "CPU", "Cores.", "short",
                    (f"rate(process_cpu_seconds_total{_RATE})", "{{job}} {{instance}}"),
                ),
                lines(
                    "Starts in the last hour", "A worker that ends with 70 is started again.", "short",
                    ("changes(process_start_time_seconds[1h])", "{{job}} {{instance}}"),
                ),
            ],
        ),
    ],
)  # fmt: skip
