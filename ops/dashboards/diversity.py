"""The board that people open: is my archive getting better, better than choosing at random would, and at what cost."""

from __future__ import annotations

from ops.dashboards.board import Board, Variable
from ops.dashboards.panels import bars, lines, number, quantiles

_MINE = 'archive=~"$archive"'
_WAYS = 'of=~"random|every_nth|inverse_frequency"'


def _mean(of: str) -> str:
    return f'avg by (archive) (roadsieve_archive_entropy_ratio{{{_MINE}, of="{of}"}})'


BOARD = Board(
    name="diversity",
    title="roadsieve: diversity",
    question="Is my archive getting better, better than choosing at random would make it, and at what cost?",
    variables=[
        Variable("archive", "roadsieve_archive_windows", "archive"),
        Variable("attribute", "roadsieve_archive_kl_nats", "attribute", all_at_once=".*"),
    ],
    rows=[
        (
            "Now",
            [
                number(
                    "How diverse is it",
                    "Entropy of what is kept over its largest possible value, mean of all attributes; 1 is all there "
                    "can be.",
                    "percentunit", (_mean("kept"), "{{archive}}"), decimals=1,
                ),
                number(
                    "Better than random by",
                    "The same figure less that of a shadow archive that keeps frames at random for the same bytes.",
                    "percentunit", (f"{_mean('kept')} - {_mean('random')}", "{{archive}}"), decimals=1,
                ),
                number(
                    "Kept, by bytes",
                    "Bytes kept per byte seen, since the beginning.",
                    "percentunit",
                    (
                        f'roadsieve_archive_bytes{{{_MINE}, of="kept"}} / on (archive) '
                        f'roadsieve_archive_bytes{{{_MINE}, of="seen"}}',
                        "{{archive}}",
                    ),
                    decimals=2,
                ),
                number(
                    "Frames kept", "Frames in the archive.", "short",
                    (f'roadsieve_archive_frames{{{_MINE}, of="kept"}}', "{{archive}}"),
                ),
                number(
                    "Budget left over", "Bytes that the next window may spend beside its own share.", "decbytes",
                    (f"roadsieve_archive_allowance_bytes{{{_MINE}}}", "{{archive}}"),
                ),
                number(
                    "Last decision ago", "Time since a window was decided; it grows while nothing is sent.", "s",
                    (f"time() - roadsieve_archive_decided_at_seconds{{{_MINE}}}", "{{archive}}"),
                ),
            ],
        ),
        (
            "Is it getting better",
            [
                lines(
                    "Against simpler ways",
                    "Mean entropy over all attributes: of what is kept, of what was seen, and of shadow archives that "
                    "choose at random, every Nth frame, or the rare more often, for the same bytes.",
                    "percentunit",
                    (f"avg by (of) (roadsieve_archive_entropy_ratio{{{_MINE}}})", "{{of}}"),
                    width=12,
                ),
                lines(
                    "Entropy by attribute", "Of what is kept, 1 is evenly spread over all values.", "percentunit",
                    (
                        f'roadsieve_archive_entropy_ratio{{{_MINE}, attribute=~"$attribute", of="kept"}}',
                        "{{attribute}}",
                    ),
                    width=12,
                ),
                lines(
                    "Distance to the target",
                    "KL divergence of the target from what is kept, in nats; 0 is on target.", "none",
                    (f'roadsieve_archive_kl_nats{{{_MINE}, attribute=~"$attribute"}}', "{{attribute}}"),
                ),
                lines(
                    "Values and cells kept at least once",
                    "Of the different values seen (of a joint attribute: combinations), those that it has.",
                    "percentunit",
                    (
                        f'roadsieve_archive_values{{{_MINE}, attribute=~"$attribute", of="kept"}} / ignoring (of) '
                        f'roadsieve_archive_values{{{_MINE}, attribute=~"$attribute", of="seen"}}',
                        "{{attribute}}",
                    ),
                ),
                lines(
                    "Different values kept", "Values, and combinations of joint attributes, with at least one frame.",
                    "short",
                    (
                        f'roadsieve_archive_values{{{_MINE}, attribute=~"$attribute", of="kept"}}', "{{attribute}}",
                    ),
                ),
            ],
        ),
        (
            "Values against the target",
            [
                bars(
                    "Share of what is kept", "Among the values that the target wants.", "percentunit",
                    (
                        f'roadsieve_archive_value_ratio{{{_MINE}, attribute=~"$attribute", of="kept"}}',
                        "{{attribute}}: {{value}}",
                    ),
                    width=8,
                ),
                bars(
                    "Share that is wanted", "The target of the policy.", "percentunit",
                    (
                        f'roadsieve_archive_value_ratio{{{_MINE}, attribute=~"$attribute", of="target"}}',
                        "{{attribute}}: {{value}}",
                    ),
                    width=8,
                ),
                bars(
                    "Lacking most", "Wanted share less kept share, the ten largest.", "percentunit",
                    (
                        f'topk(10, roadsieve_archive_value_ratio{{{_MINE}, of="target"}} - ignoring (of) '
                        f'roadsieve_archive_value_ratio{{{_MINE}, of="kept"}})',
                        "{{attribute}}: {{value}}",
                    ),
                    width=8,
                ),
            ],
        ),
        (
            "At what cost",
            [
                lines(
                    "Bytes seen and kept", "Coded video that arrived, and what of the budget was spent.", "Bps",
                    (f'rate(roadsieve_archive_bytes{{{_MINE}, of=~"seen|kept"}}[$__rate_interval])', "{{of}}"),
                ),
                lines(
                    "Frames kept per megabyte", "By us and by each shadow archive, for the same budget.", "short",
                    (
                        f'1e6 * roadsieve_archive_frames{{{_MINE}, of="kept"}} / '
                        f'roadsieve_archive_bytes{{{_MINE}, of="kept"}}',
                        "kept",
                    ),
                    (
                        f"1e6 * roadsieve_archive_frames{{{_MINE}, {_WAYS}}} / "
                        f"roadsieve_archive_bytes{{{_MINE}, {_WAYS}}}",
                        "{{of}}",
                    ),
                ),
                lines(
                    "Near-duplicates", "Share of the frames seen that nearly repeat an earlier one.", "percentunit",
                    (
                        f"roadsieve_archive_duplicates{{{_MINE}}} / on (archive) "
                        f'roadsieve_archive_frames{{{_MINE}, of="seen"}}',
                        "{{archive}}",
                    ),
                ),
                quantiles(
                    "From capture, and from ingestion, to decision",
                    "Late on purpose: a window collects first. Footage of the past was captured long ago.",
                    "roadsieve_decision_seconds", "since",
                ),
                lines(
                    "Windows decided", "Per minute.", "short",
                    (f"60 * rate(roadsieve_archive_windows{{{_MINE}}}[$__rate_interval])", "{{archive}}"),
                ),
                lines(
                    "Segments", "Seen, and those of which anything is kept.", "short",
                    (f"roadsieve_archive_segments{{{_MINE}}}", "{{of}}"),
                ),
                number(
                    "Archives not shown", "Archives beyond ROADSIEVE_WATCH_ARCHIVES, of which metrics do not tell.",
                    "short", ("roadsieve_archives_left_out", "left out"), ("roadsieve_archives", "all"), width=8,
                ),
            ],
        ),
    ],
)  # fmt: skip
