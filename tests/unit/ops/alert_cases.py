"""For each alert two worlds as series (Prometheus's notation): one in which it fires, one in which it must not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

STEP_S = 30


@dataclass(frozen=True, slots=True)
class Case:
    """Series of the world in which an alert fires, and of one near by in which it does not; looked at after a while."""

    fires: Sequence[tuple[str, str]]
    quiet: Sequence[tuple[str, str]]
    at: str = "30m"


def steady(value: float) -> str:
    """Return a series that stays for two and a half hours."""
    return f"{value:g}+0x300"


def rising(step: float) -> str:
    """Return a series that rises by a step every 30 s."""
    return f"0+{step:g}x300"


def slow(metric: str, labels: str, upper_s: str, above_s: str) -> list[tuple[str, str]]:
    """Return a histogram of which all lies between two bounds."""
    return [
        (f'{metric}{{{labels}, le="{above_s}"}}', steady(0)),
        (f'{metric}{{{labels}, le="{upper_s}"}}', rising(10)),
        (f'{metric}{{{labels}, le="+Inf"}}', rising(10)),
    ]


def group(stage: str, lag: str, done: str) -> list[tuple[str, str]]:
    """Return a stage's group as `roadsieve watch` sees it."""
    of = f'{{stage="{stage}", partition="0"}}'
    return [(f"roadsieve_group_lag_offsets{of}", lag), (f"roadsieve_group_done_offset{of}", done)]


def archive(kept: float, random: float, frames: int) -> list[tuple[str, str]]:
    """Return one archive beside its random shadow."""
    entropy = 'roadsieve_archive_entropy_ratio{archive="a", attribute="weather", of='
    return [
        (f'{entropy}"kept"}}', steady(kept)),
        (f'{entropy}"random"}}', steady(random)),
        ('roadsieve_archive_frames{archive="a", of="kept"}', steady(frames)),
    ]


def one(series: str, values: str) -> list[tuple[str, str]]:
    """Return a world of one series."""
    return [(series, values)]


_UP_WATCH = 'up{job="roadsieve-watch", instance="a"}'
_UP_WORKER = 'up{job="roadsieve-workers", instance="a"}'
_START = 'process_start_time_seconds{job="roadsieve-workers", instance="a"}'
_LETTERS = 'roadsieve_dead_letters_total{stage="detector", error="UnusableVideo"}'
_ERRORS = 'roadsieve_store_errors_total{store="objects", adapter="s3", error='
_FAILED = 'roadsieve_lake_check_failed{table="plate", weight='
_CALLS, _STORE = "roadsieve_store_call_seconds_bucket", 'store="objects", adapter="s3", call="put"'
_QUEUE, _NET = "roadsieve_network_queue_seconds_bucket", 'network="n@1"'
_DECIDE, _INGESTED = "roadsieve_decision_seconds_bucket", 'since="ingested"'

CASES = {
    "StageFallsBehind": Case(
        one('roadsieve_lag_seconds{stage="porter", partition="0"}', steady(301)),
        [
            ('roadsieve_lag_seconds{stage="porter", partition="0"}', steady(299)),
            ('roadsieve_lag_seconds{stage="curator", partition="0"}', steady(9000)),
        ],
    ),
    "StageStandsStill": Case(group("porter", steady(5), steady(7)), group("porter", steady(5), rising(1))),
    "StageRetries": Case(
        one('roadsieve_retries_total{stage="porter"}', rising(1)),
        one('roadsieve_retries_total{stage="porter"}', steady(9)),
    ),
    "LagNearsRetention": Case(
        one('roadsieve_lag_seconds{stage="porter", partition="0"}', steady(86_401)),
        one('roadsieve_lag_seconds{stage="porter", partition="0"}', steady(86_000)),
    ),
    "RecordsLost": Case(
        one('roadsieve_lost_offsets_total{stage="porter", partition="0"}', steady(1)),
        one('roadsieve_lost_offsets_total{stage="porter", partition="0"}', steady(0)),
    ),
    "DeadLetters": Case(one(_LETTERS, "0x55 1+0x200"), one(_LETTERS, "1+0x300")),
    "RecoveryTakesLong": Case(
        one('roadsieve_partition_state{stage="porter", partition="0"}', steady(1)),
        one('roadsieve_partition_state{stage="porter", partition="0"}', steady(2)),
    ),
    "WorkerGone": Case(one(_UP_WORKER, steady(0)), one(_UP_WORKER, steady(1))),
    "WorkerRestarts": Case(one(_START, rising(60)), one(_START, "1x50 2+0x200")),
    "StoreFails": Case(
        one(f'{_ERRORS}"InfrastructureError"}}', rising(1)), one(f'{_ERRORS}"ObjectVanished"}}', rising(1))
    ),
    "StoreSlow": Case(slow(_CALLS, _STORE, "5", "2.5"), slow(_CALLS, _STORE, "0.5", "0.25")),
    "ObjectsVanished": Case(
        one(f'{_ERRORS}"ObjectVanished"}}', "0x55 3+0x200"), one(f'{_ERRORS}"ObjectVanished"}}', steady(3))
    ),
    "LakeRuleFails": Case(one(f'{_FAILED}"critical"}}', steady(2)), one(f'{_FAILED}"warning"}}', steady(2))),
    "PicturesWait": Case(slow(_QUEUE, _NET, "30", "10"), slow(_QUEUE, _NET, "5", "2.5")),
    "NetworkOnMixedHardware": Case(
        [(f'roadsieve_network{{{_NET}, provider="{provider}"}}', steady(1)) for provider in ("cpu", "cuda")],
        [(f'roadsieve_network{{{_NET}, provider="cpu", instance="{which}"}}', steady(1)) for which in "ab"],
    ),
    "NoBetterThanRandom": Case(archive(0.5, 0.6, 2000), archive(0.7, 0.6, 2000), at="2h"),
    "NoDecision": Case(group("curator", steady(5), steady(7)), group("curator", steady(5), "7x40 9+0x200")),
    "DecisionsLate": Case(slow(_DECIDE, _INGESTED, "3600", "1800"), slow(_DECIDE, _INGESTED, "60", "30"), at="1h"),
    "ArchivesNotShown": Case(
        one("roadsieve_archives_left_out", steady(2)), one("roadsieve_archives_left_out", steady(0))
    ),
    "BrokerUnreachable": Case(
        one('roadsieve_look_ok{look="cluster"}', steady(0)),
        [('roadsieve_look_ok{look="cluster"}', steady(1)), ('roadsieve_look_ok{look="archives"}', steady(0))],
    ),
    "WatchBlind": Case(
        [('roadsieve_look_at_seconds{look="cluster"}', steady(0)), (_UP_WATCH, steady(1))],
        [('roadsieve_look_at_seconds{look="cluster"}', rising(30)), (_UP_WATCH, steady(1))],
    ),
    "PartitionsOffline": Case(
        one('roadsieve_topic_offline_partitions{topic="t"}', steady(1)),
        one('roadsieve_topic_offline_partitions{topic="t"}', steady(0)),
    ),
    "UnderReplicated": Case(
        one('roadsieve_topic_under_replicated_partitions{topic="t"}', steady(1)),
        one('roadsieve_topic_under_replicated_partitions{topic="t"}', "0x55 1 0+0x200"),
    ),
}
