"""One round of maintenance over all tables: compaction, expiry, orphans; each step may be cut off and run again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.lake.retention.plan import hot_from
from app.lake.tables import LAKE_TABLES
from app.lake.upkeep.compact import merge
from app.lake.upkeep.contents import data_files, pieces
from app.lake.upkeep.expire import expire
from app.lake.upkeep.orphans import remove_orphans
from app.lake.upkeep.plan import bins
from app.lake.warehouse import Warehouse
from app.settings import Settings

COMMITTED_TOGETHER = 32
"""Files made in one commit: each reads the table's whole list of files."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did to one table."""

    table: str
    files_merged: int
    files_made: int
    snapshots_expired: int
    files_removed: int
    """Of expired snapshots, and orphans."""


def maintain(
    lake: Warehouse, names: Iterable[str], settings: Settings, now_us: int, say: Callable[[Round], None]
) -> list[Round]:
    """Maintain tables one after the other; raises InfrastructureError at what fails: run it again, it goes on."""
    done = []
    for name in names:
        merged, made = (
            (0, 0)
            if name not in LAKE_TABLES
            else compact(lake, name, settings.lake_target_bytes, settings.lake_hot_days, now_us)
        )
        snapshots, files = expire(lake, name, now_us, settings.lake_snapshot_age_s)
        orphans, _ = remove_orphans(lake, name, now_us, settings.lake_orphan_age_s)
        done.append(Round(name, merged, made, snapshots, files + orphans))
        say(done[-1])
    return done


def compact(lake: Warehouse, name: str, target_bytes: int, hot_days: int, now_us: int) -> tuple[int, int]:
    """Merge a table's small files; return how many there were, and how many they became."""
    today = datetime.fromtimestamp(now_us / 1e6, UTC).date().isoformat()
    groups = bins(pieces(data_files(lake.table(name)).values()), target_bytes, hot_from(now_us, hot_days), today)
    merged = [
        group
        for begin in range(0, len(groups), COMMITTED_TOGETHER)
        for group in merge(lake, name, groups[begin : begin + COMMITTED_TOGETHER])
    ]
    return sum(map(len, merged)), len(merged)
