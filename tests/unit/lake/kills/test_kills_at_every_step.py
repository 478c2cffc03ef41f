"""A command of the lake is killed (SIGKILL) before or after a change, the registrar goes on, the command runs again:
each row is there once, no name leads nowhere, no file stays that nobody names."""

from __future__ import annotations

import itertools
import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from app.lake.tables import LAKE_TABLES
from app.lake.warehouse import Warehouse
from app.lake_api.audit import AuditLog
from tests.unit.lake.kills.mortal import roadsieve, run
from tests.unit.lake.kills.whole_lake import (
    age,
    critical_failures,
    dangling,
    folder_of,
    in_the_index,
    left_over,
    rows,
    tables,
)
from tests.unit.lake.upkeep.lake_in_a_folder import Writer, comparable, opened

KILLED = -9
"""Exit code of who was killed."""
PLATE, OTHER = "粤BDX503*", "K643ET10"
FIRST, SECOND = "2025-11-25", "2025-11-26"
MAINTAIN = ("lake", "maintain")
RESTORE = ("lake", "restore", "--from", FIRST, "--to", SECOND, "--yes")
ALL_HOT = {"ROADSIEVE_LAKE_HOT_DAYS": "36500"}
ALL_COLD = {"ROADSIEVE_LAKE_HOT_DAYS": "1", "ROADSIEVE_LAKE_COLD_DAYS": "36500"}
ALL_OVER = {"ROADSIEVE_LAKE_HOT_DAYS": "1", "ROADSIEVE_LAKE_COLD_DAYS": "0"}
AT_ONCE = {"ROADSIEVE_LAKE_SNAPSHOT_AGE_S": "0.001", "ROADSIEVE_LAKE_ORPHAN_AGE_S": "3600"}
JUST_PLATES, OF_A_PLATE = ("plate",), ("country", "car", "sighting", "plate")


@dataclass(frozen=True)
class Case:
    """A command, its settings, what was done to the lake before, and what is true of it in the end."""

    arguments: tuple[str, ...]
    settings: dict[str, str]
    before: Callable[[Path, Writer], None]
    after: Callable[[Path, Writer], None]
    names: tuple[str, ...] = JUST_PLATES
    stride: int = 22
    parts: int = 6
    """Tests into which all steps are shared out, each of a few minutes."""
    goes_on: bool = field(default=True)
    """Whether the registrar adds more before the command runs again."""


def command(home: Path, arguments: tuple[str, ...], settings: dict[str, str], dies_at: int | None = None) -> int:
    return run(roadsieve, arguments, {"ROADSIEVE_HOME": str(home), **AT_ONCE, **settings}, dies_at=dies_at)


def nothing(_home: Path, _writer: Writer) -> None:
    """Leave the lake as the registrar made it."""


def orphaned(_home: Path, writer: Writer) -> None:
    """A crash long ago left a file."""
    (folder_of(writer.lake) / f"plates/plate/data/day={FIRST}/merged-then.parquet").write_bytes(b"PAR1")
    age(writer.lake)


def made_cold(home: Path, _writer: Writer) -> None:
    assert command(home, MAINTAIN, ALL_COLD) == 0


def restored(home: Path, writer: Writer) -> None:
    made_cold(home, writer)
    assert command(home, RESTORE, ALL_COLD) == 0


def half_cold(home: Path, writer: Writer) -> None:
    """The first day is cold and restored, the second is hot."""
    hot_days = (datetime.now(UTC).date() - date.fromisoformat(SECOND)).days
    assert command(home, MAINTAIN, {**ALL_COLD, "ROADSIEVE_LAKE_HOT_DAYS": str(hot_days)}) == 0
    assert command(home, RESTORE, ALL_COLD) == 0
    audit = AuditLog(home / "lake")
    audit.write(f'{{"plateText": "{audit.plate_hash(PLATE)}"}}\n'.encode())


def all_rows_are_there(_home: Path, writer: Writer) -> None:
    for name in LAKE_TABLES:
        assert rows(writer.lake, name) == writer.wanted[name]


def all_rows_are_gone(_home: Path, writer: Writer) -> None:
    assert all(not rows(writer.lake, name) for name in LAKE_TABLES)
    assert {table.name()[0] for table in tables(writer.lake)} == {"plates"}


def restored_rows_are_there(home: Path, writer: Writer) -> None:
    all_rows_are_there(home, writer)
    table = writer.lake.catalog.load_table(("restored", "plate_20251125_20251126"))
    assert Counter(map(comparable, table.scan().to_arrow().to_pylist())) == writer.wanted["plate"]


def the_plate_is_gone(home: Path, writer: Writer) -> None:
    lake = writer.lake
    assert rows(lake, "plate") == Counter({row: n for row, n in writer.wanted["plate"].items() if OTHER in row})
    assert rows(lake, "car").total() == writer.wanted["car"].total()
    for path in folder_of(lake).rglob("*.parquet"):
        found = pq.read_table(path, partitioning=None)
        assert "plateText" not in found.column_names or PLATE not in found.column("plateText").to_pylist(), path
    assert AuditLog(home / "lake").forget_plate(PLATE) == 0
    assert critical_failures(lake, logged(writer)) == []


def logged(writer: Writer) -> dict[tuple[str, str], int]:
    """Return the rows that lake.files tells of each table and day."""
    found: Counter[tuple[str, str]] = Counter()
    for name, some in writer.wanted.items():
        for row, number in some.items():
            found[name, datetime.fromtimestamp(json.loads(row)["seenAt"] / 1e6, UTC).date().isoformat()] += number
    return dict(found)


CASES = {
    "merge, expire, clear": Case(MAINTAIN, ALL_HOT, orphaned, all_rows_are_there),
    "move to cold": Case(MAINTAIN, ALL_COLD, nothing, all_rows_are_there),
    "end of the cold": Case(MAINTAIN, ALL_OVER, restored, all_rows_are_gone),
    "restore": Case(RESTORE, ALL_COLD, made_cold, restored_rows_are_there, goes_on=False, stride=4, parts=2),
    "erase": Case(
        ("lake", "erase", "--plate", PLATE, "--yes"), ALL_COLD, half_cold, the_plate_is_gone, OF_A_PLATE, parts=30
    ),
}


class Killing:
    """One case: a lake that is made once and copied for each death."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.case, self.home, self.saved = case, folder / "home", folder / "saved"
        self.home.mkdir()
        lake = opened_in(self.home)
        lake.create()
        writer = Writer(lake)
        for _ in range(2):
            writer.commit(days=2, names=case.names)
        assert command(self.home, ("api", "reindex"), {}) == 0
        case.before(self.home, writer)
        lake.close()
        self.writer = writer
        shutil.copytree(self.home, self.saved)

    def dies_at(self, step: int) -> bool:
        """Let the command die, and run it again; False when it ended before that step."""
        shutil.rmtree(self.home)
        shutil.copytree(self.saved, self.home)
        code = command(self.home, self.case.arguments, self.case.settings, step)
        lake = opened_in(self.home)
        again = Writer(lake)
        again.offset, again.batch = self.writer.offset, self.writer.batch
        again.wanted = {name: some.copy() for name, some in self.writer.wanted.items()}
        assert dangling(lake) == set(), "right after the kill"
        if self.case.goes_on:
            again.commit(days=2, names=self.case.names)
        age(lake)
        for arguments in (self.case.arguments, MAINTAIN):
            assert command(self.home, arguments, self.case.settings) == 0
        self.case.after(self.home, again)
        assert dangling(lake) == set()
        assert left_over(lake) == set()
        assert in_the_index(lake) == lake.paths("plate") | lake.paths("sighting")
        lake.close()
        return code == KILLED


def opened_in(home: Path) -> Warehouse:
    (home / "lake").mkdir(exist_ok=True)
    return opened(home / "lake")


@pytest.fixture
def killing(request: pytest.FixtureRequest, tmp_path: Path) -> Killing:
    return Killing(CASES[request.param], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("killing", [name for name in CASES if name != "erase"], indirect=True)
def test_killed_at_some_steps_it_goes_on_as_if_nothing_had_been(killing: Killing) -> None:
    steps = list(itertools.takewhile(killing.dies_at, itertools.count(2, killing.case.stride)))
    assert len(steps) >= 2


@pytest.mark.chaos
@pytest.mark.timeout(3000)
@pytest.mark.parametrize(
    ("killing", "part"),
    [pytest.param(name, part, id=f"{name}, {part}") for name, one in CASES.items() for part in range(one.parts)],
    indirect=["killing"],
)
def test_killed_at_every_step_it_goes_on_as_if_nothing_had_been(killing: Killing, part: int) -> None:
    case = killing.case
    steps = list(itertools.takewhile(killing.dies_at, itertools.count(part, case.parts)))
    print(f"\n{' '.join(case.arguments)}: killed at {len(steps)} steps, {part} and each {case.parts} further")
    assert steps
