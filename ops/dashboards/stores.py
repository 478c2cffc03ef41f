"""Calls to the object store, the catalog and the schema registry, whatever the adapter."""

from __future__ import annotations

from ops.dashboards.board import Board
from ops.dashboards.panels import PanelPlan, lines, number

_RATE = "[$__rate_interval]"


def _store(store: str) -> list[PanelPlan]:
    mine = f'{{store="{store}"}}'
    return [
        lines(
            "Calls", "Per second, failed ones too.", "short",
            (f"sum by (adapter, call) (rate(roadsieve_store_call_seconds_count{mine}{_RATE}))", "{{adapter}} {{call}}"),
            width=6,
        ),
        lines(
            "Time of a call, p95", "As the adapter sees it, its own retries included.", "s",
            (
                "histogram_quantile(0.95, sum by (adapter, call, le) "
                f"(rate(roadsieve_store_call_seconds_bucket{mine}{_RATE})))",
                "{{adapter}} {{call}}",
            ),
            width=6,
        ),
        lines(
            "Failed and repeated", "Calls per second.", "short",
            (f"sum by (adapter, error) (rate(roadsieve_store_errors_total{mine}{_RATE}))", "{{adapter}} {{error}}"),
            (f"sum by (adapter) (rate(roadsieve_store_retries_total{mine}{_RATE}))", "{{adapter}} repeated"),
            width=6,
        ),
        lines(
            "Bytes", "Sent to the store (out) and got from it (in), where the adapter counts them.", "Bps",
            (
                f"sum by (adapter, direction) (rate(roadsieve_store_bytes_total{mine}{_RATE}))",
                "{{adapter}} {{direction}}",
            ),
            width=6,
        ),
    ]  # fmt: skip


BOARD = Board(
    name="stores",
    title="roadsieve: stores",
    question="Which store is slow or away?",
    rows=[
        (
            "Now",
            [
                number(
                    "Failed calls", "Share of all calls in the last five minutes.", "percentunit",
                    (
                        "sum by (store) (rate(roadsieve_store_errors_total[5m])) / "
                        "sum by (store) (rate(roadsieve_store_call_seconds_count[5m]))",
                        "{{store}}",
                    ),
                    width=12,
                ),
                number(
                    "Calls in flight", "At its bound, a stage waits for the store.", "short",
                    ("sum by (store, adapter) (roadsieve_store_calls_in_flight)", "{{store}} {{adapter}}"), width=12,
                ),
            ],
        ),
        *((store, _store(store)) for store in ("objects", "catalog", "registry")),
    ],
)  # fmt: skip
