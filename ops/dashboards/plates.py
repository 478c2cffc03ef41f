"""Plate results: how many come, what is refused and why, what the tables of the lake have and how fresh they are."""

from __future__ import annotations

from ops.dashboards.board import Board
from ops.dashboards.panels import lines, number, quantiles

_RATE = "[$__rate_interval]"
_AGES = f"sum by (le) (rate(roadsieve_lake_age_seconds_bucket{_RATE}))"
_READINGS = f"sum by (le) (rate(roadsieve_lake_sighting_readings_bucket{_RATE}))"
_STAGES = '{stage=~"scribe|tracker|registrar"}'

BOARD = Board(
    name="plates",
    title="roadsieve: plates",
    question="Do plate results come into the lake, which are refused, and how fresh are its tables?",
    rows=[
        (
            "Now",
            [
                number(
                    "Results", "Read per second, refused and repeated ones too.", "short",
                    ("sum(rate(roadsieve_lake_results_total[5m]))", "results/s"), width=6,
                ),
                number(
                    "Refused", "Share of the results of the last five minutes.", "percentunit",
                    (
                        'sum(rate(roadsieve_lake_results_total{outcome="refused"}[5m])) / '
                        "sum(rate(roadsieve_lake_results_total[5m]))",
                        "refused",
                    ),
                    width=6,
                ),
                number(
                    "Lag", "Records that wait for scribe, tracker and registrar.", "short",
                    (f"sum by (stage) (roadsieve_lag_records{_STAGES})", "{{stage}}"), width=6,
                ),
                number(
                    "Since the last commit", "Of the table that waits longest.", "s",
                    ("max(time() - roadsieve_lake_committed_at_seconds)", "commit age"), width=6,
                ),
            ],
        ),
        (
            "Results",
            [
                lines(
                    "Results", "Per second, by what became of them.", "short",
                    (f"sum by (outcome) (rate(roadsieve_lake_results_total{_RATE}))", "{{outcome}}"),
                ),
                lines(
                    "Refused", "Per second, by what is wrong; they are dead letters, with their bytes.", "short",
                    (f"sum by (reason) (rate(roadsieve_lake_refused_total{_RATE}))", "{{reason}}"),
                ),
                lines(
                    "Oldest waiting", "Age of the oldest record that is read and not yet committed.", "s",
                    (f"max by (stage) (roadsieve_lag_seconds{_STAGES})", "{{stage}}"),
                ),
            ],
        ),
        (
            "Rules and questions",
            [
                lines(
                    "Rules that failed", "In the last round of `roadsieve lake check --repeat`, by table.", "short",
                    ("sum by (table, weight) (roadsieve_lake_check_failed)", "{{table}} {{weight}}"),
                    ("sum by (table) (increase(roadsieve_lake_commit_faults_total[1h]))", "{{table}} in commits, 1 h"),
                    width=6,
                ),
                lines(
                    "Verified days", "Days that no critical rule found wanting.", "short",
                    ("max(roadsieve_lake_verified_days)", "days"), width=3,
                ),
                lines(
                    "Since the last check", "It is to run daily.", "s",
                    ("time() - max(roadsieve_lake_checked_at_seconds)", "check"), width=3,
                ),
                quantiles(
                    "Time of a question", "To the API, refused ones too; a lookup of plates, a day, longer, a count.",
                    "roadsieve_lake_query_seconds", "kind", width=6,
                ),
                lines(
                    "Questions", "Per second, by table and kind.", "short",
                    (f"sum by (table, kind) (rate(roadsieve_lake_query_seconds_count{_RATE}))", "{{table}} {{kind}}"),
                    width=6,
                ),
            ],
        ),
        (
            "Tables",
            [
                lines(
                    "Rows", "Added per second.", "short",
                    (f"sum by (table) (rate(roadsieve_lake_rows_total{_RATE}))", "{{table}}"), width=6,
                ),
                lines(
                    "Bytes", "Added per second.", "Bps",
                    (f"sum by (table) (rate(roadsieve_lake_bytes_total{_RATE}))", "{{table}}"), width=6,
                ),
                lines(
                    "Files", "Added per second; many small ones are slow until `roadsieve lake maintain`.", "short",
                    (f"sum by (table) (rate(roadsieve_lake_files_total{_RATE}))", "{{table}}"), width=6,
                ),
                lines(
                    "Since the last commit", "Rises while a table is given nothing.", "s",
                    ("max by (table) (time() - roadsieve_lake_committed_at_seconds)", "{{table}}"), width=6,
                ),
                lines(
                    "From event to file", "Of the newest result of each window; a log from long ago shows as old.", "s",
                    (f"histogram_quantile(0.5, {_AGES})", "p50"), (f"histogram_quantile(0.95, {_AGES})", "p95"),
                    width=12,
                ),
                lines(
                    "Sightings", "Vehicles that left their source, per second.", "short",
                    (f"sum(rate(roadsieve_lake_sighting_readings_count{_RATE}))", "vehicles"),
                    (f"sum(rate(roadsieve_lake_watched_total{_RATE}))", "looked for"), width=12,
                ),
                lines(
                    "Readings of a vehicle", "How often the plate of one that left was read.", "short",
                    (f"histogram_quantile(0.5, {_READINGS})", "p50"),
                    (f"histogram_quantile(0.95, {_READINGS})", "p95"), width=12,
                ),
                quantiles(
                    "Time of a transaction", "Writing of a window's files, and the commit of their names.",
                    "roadsieve_apply_seconds", "stage", _STAGES, width=12,
                ),
            ],
        ),
    ],
)  # fmt: skip
