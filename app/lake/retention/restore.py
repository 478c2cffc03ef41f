"""Cold days back for a while: asked for, waited for, and attached as tables of their own that say when they end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from pyiceberg.transforms import DayTransform
from pyiceberg.typedef import Identifier

from app.errors import InfrastructureError
from app.lake.retention.cold import ColdStore
from app.lake.retention.notes import gone_places
from app.lake.retention.plan import ColdFile, Tier
from app.lake.upkeep.contents import data_files, folder_of
from app.lake.warehouse import Warehouse

RESTORED = "restored"
"""Namespace of the tables of restored days."""
EXPIRES = "roadsieve.expires-at"


def request(cold: ColdStore, files: Sequence[ColdFile], tier: Tier, days: int) -> None:
    """Ask for files; asking again for one that comes already is no error."""
    for file in files:
        cold.request(file.place, days, tier)


def wait(
    cold: ColdStore, files: Sequence[ColdFile], deadline_s: float, poll_s: float,
    clock: Callable[[], float], sleep: Callable[[float], None], say: Callable[[int], None],
) -> None:  # fmt: skip
    """Wait until all files can be read; raises InfrastructureError after the deadline: they come all the same."""
    end_s, missing = clock() + deadline_s, list(files)
    while missing := [file for file in missing if not cold.is_ready(file.place)]:
        say(len(missing))
        if clock() + poll_s > end_s:
            why = f"{len(missing)} of {len(files)} are not there after {deadline_s:.0f} s"
            raise InfrastructureError("cold files", why, "run the same command again later: it goes on waiting")
        sleep(poll_s)


def attach(
    lake: Warehouse, cold: ColdStore, files: Sequence[ColdFile], first: str, last: str, until_us: int
) -> list[str]:
    """Name files in tables `restored.TABLE_FROM_TO`, made anew when they are there; return the tables' names."""
    expires = datetime.fromtimestamp(until_us / 1e6, UTC).isoformat(timespec="seconds")
    lake.catalog.create_namespace_if_not_exists(RESTORED)
    made = []
    for name in sorted({file.table for file in files}):
        identifier = (RESTORED, f"{name}_{first}_{last}".replace("-", ""))
        _detach(lake, identifier)
        table = lake.catalog.create_table(identifier, lake.table(name).schema(), properties={EXPIRES: expires})
        with table.update_spec() as update:
            update.add_field("seenAt", DayTransform(), "day")
        paths = [cold.path_of(file.place) for file in files if file.table == name]
        table.add_files(paths, check_duplicate_files=False)
        made.append(".".join(identifier))
    return made


def detach_ended(lake: Warehouse, cold: ColdStore, now_us: int) -> list[str]:
    """Take away the restored tables whose time is over, or one of whose cold files is gone; return their names."""
    if not lake.catalog.namespace_exists(RESTORED):
        return []
    over, gone = [], {cold.path_of(place) for place in gone_places(lake)}
    for identifier in lake.catalog.list_tables(RESTORED):
        table = lake.catalog.load_table(identifier)
        expires = table.properties.get(EXPIRES)
        ended = expires is not None and datetime.fromisoformat(expires).timestamp() * 1e6 <= now_us
        if ended or not gone.isdisjoint(data_files(table)):
            _detach(lake, identifier)
            over.append(".".join(identifier))
    return over


def _detach(lake: Warehouse, identifier: Identifier) -> None:
    """Drop a restored table and its descriptions: in its folder lies nothing else."""
    if lake.catalog.table_exists(identifier):
        folder = folder_of(lake.catalog.load_table(identifier))
        lake.catalog.drop_table(identifier)
        folder.remove(file.place for file in folder.lying())
