"""Kafka: what goes in and out, whether its partitions are whole, who is behind."""

from __future__ import annotations

from ops.dashboards.board import Board
from ops.dashboards.panels import bars, lines, number

_RATE = "[$__rate_interval]"

BOARD = Board(
    name="broker",
    title="roadsieve: broker",
    question="Is Kafka whole, and does what goes in come out?",
    rows=[
        (
            "Now",
            [
                number("Brokers", "Alive, as the cluster knows.", "short", ("roadsieve_brokers", "brokers")),
                number(
                    "Partitions offline", "Without a leader: nobody reads or writes them.", "short",
                    ("sum(roadsieve_topic_offline_partitions)", "offline"),
                ),
                number(
                    "Under-replicated", "A replica is not in sync.", "short",
                    ("sum(roadsieve_topic_under_replicated_partitions)", "partitions"),
                ),
                number(
                    "Partitions", "Of our topics and changelogs.", "short",
                    ("sum(roadsieve_topic_partitions)", "partitions"),
                ),
                number(
                    "Lag", "Offsets that the stages have not reported as done.", "short",
                    ("sum(roadsieve_group_lag_offsets)", "offsets"),
                ),
                number(
                    "Looked ago", "What this board shows is as old as this; roadsieve watch looks every ten seconds.",
                    "s", ("time() - roadsieve_look_at_seconds", "{{look}}"),
                ),
            ],
        ),
        (
            "In and out",
            [
                lines(
                    "Written, by topic", "Offsets per second: records and transaction markers.", "short",
                    (f"sum by (topic) (rate(roadsieve_topic_end_offset{_RATE}))", "{{topic}}"),
                ),
                lines(
                    "Read, by stage", "Bytes per second that were committed.", "Bps",
                    (f"sum by (stage) (rate(roadsieve_bytes_total{_RATE}))", "{{stage}}"),
                ),
                lines(
                    "Written, by stage", "Bytes per second that were sent to other topics.", "Bps",
                    (f"sum by (stage) (rate(roadsieve_output_bytes_total{_RATE}))", "{{stage}}"),
                ),
            ],
        ),
        (
            "Lag",
            [
                lines(
                    "By stage", "Offsets behind the end, from the positions that the stages report.", "short",
                    ("sum by (stage) (roadsieve_group_lag_offsets)", "{{stage}}"),
                ),
                lines(
                    "The worst partition of each stage", "One camera or archive may fill one partition.", "short",
                    ("max by (stage) (roadsieve_group_lag_offsets)", "{{stage}}"),
                ),
                lines(
                    "Done, by stage", "Offsets per second.", "short",
                    (f"sum by (stage) (rate(roadsieve_group_done_offset{_RATE}))", "{{stage}}"),
                ),
            ],
        ),
        (
            "Topics",
            [
                bars(
                    "Retained", "Offsets that retention has left.", "short",
                    ("sum by (topic) (roadsieve_topic_retained_offsets)", "{{topic}}"),
                ),
                bars(
                    "Skew", "Largest partition over the mean one, by offsets retained: 1 is even.", "short",
                    (
                        "max by (topic) (roadsieve_topic_retained_offsets) / "
                        "(avg by (topic) (roadsieve_topic_retained_offsets) > 0)",
                        "{{topic}}",
                    ),
                ),
            ],
        ),
    ],
)  # fmt: skip
