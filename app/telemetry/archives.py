"""Metrics of the archives: what each looks like beside its shadows, from the state that its last decision published.

`roadsieve watch` sets them from archive.distribution; no stage does, so they cost a decision nothing, and an archive
whose partition moves to another worker is not told of twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from app.telemetry.declare import gauge
from schemas.records import ArchiveDistribution, ValueCount

MOST_VALUES = 24
"""Values of one attribute that are told apart: the most seen ones."""
OTHER = "other"

ARCHIVES = gauge("roadsieve_archives", "Archives of which a window was decided.")
LEFT_OUT = gauge("roadsieve_archives_left_out", "Archives beyond watch_archives, of which nothing else is told.")
WINDOWS = gauge("roadsieve_archive_windows", "Windows decided so far.", "archive")
DECIDED_AT = gauge("roadsieve_archive_decided_at_seconds", "Time of the last decision, since 1970.", "archive")
SEGMENTS = gauge("roadsieve_archive_segments", "Segments seen, and those of which anything is kept.", "archive", "of")
FRAMES = gauge("roadsieve_archive_frames", "Frames seen, kept, and kept by each shadow archive.", "archive", "of")
DUPLICATES = gauge("roadsieve_archive_duplicates", "Frames seen that nearly repeat an earlier one.", "archive")
BYTES = gauge("roadsieve_archive_bytes", "Bytes seen, kept, and kept by each shadow archive.", "archive", "of")
ALLOWANCE = gauge("roadsieve_archive_allowance_bytes", "Budget left over for the next window.", "archive")
ENTROPY = gauge(
    "roadsieve_archive_entropy_ratio",
    "Entropy over its largest possible value, 0 to 1: of the frames seen, kept, and kept by each shadow archive.",
    "archive", "attribute", "of",
)  # fmt: skip
KL = gauge(
    "roadsieve_archive_kl_nats", "KL divergence of the target from what is kept; 0: on target.", "archive", "attribute"
)
VALUE_RATIO = gauge(
    "roadsieve_archive_value_ratio", "Share of a value among the values of the target: seen, kept, and wanted.",
    "archive", "attribute", "value", "of",
)  # fmt: skip
VALUES = gauge(
    "roadsieve_archive_values", "Different values (of a joint attribute: cells) seen, and kept at least once.",
    "archive", "attribute", "of",
)  # fmt: skip

_OF_ARCHIVE = (WINDOWS, DECIDED_AT, SEGMENTS, FRAMES, DUPLICATES, BYTES, ALLOWANCE, ENTROPY, KL, VALUE_RATIO, VALUES)


def archives_look(archives: Mapping[str, tuple[ArchiveDistribution, float]], most: int) -> None:
    """Tell of the first `most` archives by name: each with its newest distribution and the time (s) of that."""
    for one in _OF_ARCHIVE:
        one.clear()
    ARCHIVES.set(len(archives))
    LEFT_OUT.set(max(0, len(archives) - most))
    for name in islice(sorted(archives), most):
        _archive_looks(name, *archives[name])


def _archive_looks(name: str, now: ArchiveDistribution, decided_at_s: float) -> None:
    WINDOWS.labels(name).set(now.windows)
    DECIDED_AT.labels(name).set(decided_at_s)
    DUPLICATES.labels(name).set(now.duplicates)
    ALLOWANCE.labels(name).set(now.allowance_bytes)
    for of, segments in (("seen", now.segments_seen), ("kept", now.segments_kept)):
        SEGMENTS.labels(name, of).set(segments)
    for of, frames in {"seen": now.frames_seen, "kept": now.frames_kept, **now.shadow_frames}.items():
        FRAMES.labels(name, of).set(frames)
    for of, size_bytes in {"seen": now.bytes_seen, "kept": now.bytes_kept, **now.shadow_bytes}.items():
        BYTES.labels(name, of).set(size_bytes)
    ratios = {"seen": now.entropy_ratio_seen, "kept": now.entropy_ratio, **now.shadow_entropy_ratio}
    for of, by_attribute in ratios.items():
        for attribute, ratio in by_attribute.items():
            ENTROPY.labels(name, attribute, of).set(ratio)
    for attribute, nats in now.kl_divergence.items():
        KL.labels(name, attribute).set(nats)
    for attribute, values in now.attributes.items():
        VALUES.labels(name, attribute, "seen").set(sum(value.seen > 0 for value in values))
        VALUES.labels(name, attribute, "kept").set(sum(value.kept > 0 for value in values))
        for value, shares in value_ratios(values).items():
            for of, ratio in shares.items():
                VALUE_RATIO.labels(name, attribute, value, of).set(ratio)


def value_ratios(values: Sequence[ValueCount]) -> dict[str, dict[str, float]]:
    """Return value -> its share of what was seen, kept and is wanted, among the values that the target wants.

    What the target leaves aside (as `unknown`) is no part of it. The most seen values are told apart, the rest is one.
    """
    wanted = [value for value in values if value.target_ratio > 0] or list(values)
    seen, kept = sum(value.seen for value in wanted), sum(value.kept for value in wanted)
    ratios: dict[str, dict[str, float]] = {}
    for place, value in enumerate(sorted(wanted, key=lambda value: (-value.seen, value.value))):
        shares = ratios.setdefault(
            value.value if place < MOST_VALUES else OTHER, {"seen": 0.0, "kept": 0.0, "target": 0.0}
        )
        shares["seen"] += value.seen / max(seen, 1)
        shares["kept"] += value.kept / max(kept, 1)
        shares["target"] += value.target_ratio
    return ratios
