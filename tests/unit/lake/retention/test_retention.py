"""Days leave the tables, lie cold, come back for a while and end: each row is in one place, wherever it is cut off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lake.retention import restore
from app.lake.retention.cold import ColdFolder, open_cold
from app.lake.retention.move import Moved, retain
from app.lake.retention.notes import cold_files, cold_rows
from app.lake.retention.plan import ColdFile, cost_usd, ended, hot_from
from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import Warehouse, position_of
from app.settings import Settings
from tests.unit.lake.results import AT_US
from tests.unit.lake.upkeep.lake_in_a_folder import DAY_US, Writer, comparable, held

pytestmark = pytest.mark.slow

FIRST, SECOND = "2025-11-25", "2025-11-26"
HOT, COLD = 30, 365
LEFT_US = AT_US + (HOT + 1) * DAY_US
"""The first day's time is over, the second's is not."""


@contextmanager
def cold_of(lake: Warehouse) -> Iterator[ColdFolder]:
    with open_cold(lake.location, Settings()) as store:
        assert isinstance(store, ColdFolder)
        yield store


def kept(lake: Warehouse, now_us: int, names: tuple[str, ...] = tuple(LAKE_TABLES)) -> Moved:
    with cold_of(lake) as store:
        return retain(lake, store, names, Settings(lake_hot_days=HOT, lake_cold_days=COLD), now_us)


def back(lake: Warehouse, name: str, first: str = FIRST, last: str = SECOND) -> Counter[str]:
    """Return the rows of the cold files, through a restored table."""
    with cold_of(lake) as store:
        files = [file for file in cold_files(lake) if first <= file.day <= last]
        restore.attach(lake, store, files, first, last, LEFT_US)
    table = lake.catalog.load_table(("restored", f"{name}_{first}_{last}".replace("-", "")))
    return Counter(map(comparable, table.scan().to_arrow().to_pylist()))


def test_a_day_whose_hot_time_is_over_is_cold_and_the_others_stay(lake: Warehouse) -> None:
    writer = Writer(lake)
    for _ in range(2):
        writer.commit(days=2)
    assert kept(lake, LEFT_US - DAY_US) == Moved(0, 0)
    assert kept(lake, LEFT_US) == Moved(2 * len(LAKE_TABLES), 0)
    assert kept(lake, LEFT_US) == Moved(0, 0)
    for name in LAKE_TABLES:
        hot, cold = held(lake, name), back(lake, name)
        assert hot + cold == writer.wanted[name]
        assert {day for (_, day) in cold_rows(cold_files(lake))} == {FIRST}
        assert position_of(lake.table(name)) == 3


def test_a_row_that_comes_late_follows_its_day(lake: Warehouse) -> None:
    writer = Writer(lake)
    writer.commit(names=("plate",))
    kept(lake, LEFT_US, ("plate",))
    writer.commit(names=("plate",))
    kept(lake, LEFT_US, ("plate",))
    assert held(lake, "plate").total() == 0
    assert back(lake, "plate", FIRST, FIRST) == writer.wanted["plate"]


def test_cold_files_end_after_their_year_and_are_gone(lake: Warehouse) -> None:
    Writer(lake).commit(names=("plate",))
    kept(lake, LEFT_US, ("plate",))
    assert kept(lake, LEFT_US + COLD * DAY_US - DAY_US, ("plate",)) == Moved(0, 0)
    assert kept(lake, LEFT_US + COLD * DAY_US, ("plate",)) == Moved(0, 1)
    assert cold_files(lake) == []
    assert not list(Path(lake.location.removeprefix("file://"), "cold").rglob("*.parquet"))


def test_a_restored_table_ends_at_its_time_and_the_cold_files_stay(lake: Warehouse) -> None:
    Writer(lake).commit(names=("plate",))
    kept(lake, LEFT_US, ("plate",))
    assert back(lake, "plate").total() == 2
    assert back(lake, "plate").total() == 2, "again, it is made anew"
    with cold_of(lake) as store:
        assert restore.detach_ended(lake, store, LEFT_US - 1_000_000) == []
        assert restore.detach_ended(lake, store, LEFT_US) == ["restored.plate_20251125_20251126"]
        assert restore.detach_ended(lake, store, LEFT_US) == []
    assert len(cold_files(lake)) == 1
    assert back(lake, "plate").total() == 2


def test_a_wait_has_a_deadline_and_says_what_is_missing() -> None:
    class Slow:
        def __init__(self) -> None:
            self.asked = 0

        def is_ready(self, place: str) -> bool:
            self.asked += 1
            return self.asked > 5

    files, now, told = [ColdFile(FIRST, "plate", str(number), 1, 1) for number in range(3)], [0.0], list[int]()

    def later(seconds: float) -> None:
        now[0] += seconds

    def waited(deadline_s: float) -> None:
        restore.wait(Slow(), files, deadline_s, 60.0, lambda: now[0], later, told.append)  # type: ignore[arg-type]  # asked one thing

    waited(600.0)
    assert told == [3, 2]
    with pytest.raises(Exception, match="3 of 3 are not there"):
        waited(30.0)


days = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 1, 1))


@given(days, st.integers(1, 60), st.integers(0, 400))
def test_no_day_is_cold_for_less_or_more_than_its_time(day: object, hot: int, cold: int) -> None:
    file = ColdFile(str(day), "plate", "x", 1, 1)
    now_us = round(datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp() * 1e6)
    assert hot_from(now_us + hot * DAY_US, hot) == str(day), "the last hot day"
    assert ended([file], now_us + (hot + cold) * DAY_US, hot, cold) == []
    assert ended([file], now_us + (hot + cold + 1) * DAY_US, hot, cold) == [file]


def test_what_a_restore_costs_grows_with_its_haste() -> None:
    files = [ColdFile(FIRST, "plate", "x", 1, 1_000_000_000)]
    bulk, standard, expedited = (cost_usd(files, tier, 30) for tier in ("Bulk", "Standard", "Expedited"))
    assert 0.023 < bulk < standard < expedited
    assert cost_usd([], "Expedited", 30) == 0
