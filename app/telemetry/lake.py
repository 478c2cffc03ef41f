"""Metrics of the plate lake: results taken, repeated and refused, and what each table was given."""

from __future__ import annotations

import time
from collections.abc import Iterable

from app.telemetry.declare import COUNTS, LONG_SECONDS, SECONDS, counter, gauge, histogram
from app.telemetry.lake_faults import COMMIT_FAULTS

RESULTS = counter("roadsieve_lake_results", "Plate results that were read: new, repeated, refused.", "outcome")
REFUSED = counter("roadsieve_lake_refused", "Plate results that nobody can use, by what is wrong.", "reason")
AGE_SECONDS = histogram(
    "roadsieve_lake_age_seconds", "Time from the newest result of a window to its rows in files.", LONG_SECONDS
)
ROWS = counter("roadsieve_lake_rows", "Rows of files that a table was given.", "table")
BYTES = counter("roadsieve_lake_bytes", "Bytes of files that a table was given.", "table")
FILES = counter("roadsieve_lake_files", "Files that a table was given.", "table")
SIGHTING_READINGS = histogram(
    "roadsieve_lake_sighting_readings", "Readings of each vehicle that left its source.", COUNTS
)
WATCHED = counter("roadsieve_lake_watched", "Vehicles that were told as one that is looked for.")
QUERY_SECONDS = histogram(
    "roadsieve_lake_query_seconds", "Time of a question to the lake that was understood.", SECONDS, "table", "kind"
)
COMMITTED_AT = gauge("roadsieve_lake_committed_at_seconds", "Time of a table's last commit, since 1970.", "table")


def results_read(new: int, repeated: int, refused: Iterable[str], newest_us: int) -> None:
    """Count the results of a window, those refused by their reasons; a window that is repeated counts again."""
    count = 0
    for reason in refused:
        REFUSED.labels(reason).inc()
        count += 1
    for outcome, many in (("new", new), ("repeated", repeated), ("refused", count)):
        RESULTS.labels(outcome).inc(many)
    if new:
        AGE_SECONDS.observe(max(0.0, time.time() - newest_us / 1e6))


def files_committed(table: str, files: int, rows: int, size_bytes: int) -> None:
    """Count the files that a table names from now on."""
    FILES.labels(table).inc(files)
    ROWS.labels(table).inc(rows)
    BYTES.labels(table).inc(size_bytes)
    COMMITTED_AT.labels(table).set(time.time())
    COMMIT_FAULTS.labels(table)  # seen at zero, so that the first is seen as a rise


def question_answered(table: str, kind: str, seconds: float) -> None:
    """Count a question that was understood, answered or refused."""
    QUERY_SECONDS.labels(table, kind).observe(seconds)


def vehicles_left(readings: Iterable[int], watched: int) -> None:
    """Count vehicles that left their source, by how often their plates were read, and those that are looked for."""
    WATCHED.inc(watched)
    for many in readings:
        SIGHTING_READINGS.observe(many)
