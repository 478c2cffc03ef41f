"""A command of the lake is killed (SIGKILL) before or after a change, the registrar goes on, the command runs again:
each row is there once, no name leads nowhere, no file stays that nobody names."""

from __future__ import annotations

import itertools
import json
import shutil
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.commands.exits import Exit
from app.lake.tables import LAKE_TABLES
from app.lake.upkeep.contents import Folder
from app.lake_api.audit import AuditLog
from ops.stack.s3 import S3Server
from tests.postgres import Postgres
from tests.unit.lake.kills.mortal import roadsieve, roadsieve_later, run
from tests.unit.lake.kills.places import Place, on_servers
from tests.unit.lake.kills.whole_lake import (
    critical_failures,
    dangling,
    in_the_index,
    left_over,
    lying,
    read,
    rows,
    tables,
)
from tests.unit.lake.upkeep.lake_in_a_folder import Writer, comparable

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
    before: Callable[[Place, Writer], None]
    after: Callable[[Place, Writer], None]
    names: tuple[str, ...] = JUST_PLATES
    stride: int = 22
    parts: int = 6
    """Tests into which all steps are shared out, each of a few minutes."""
    goes_on: bool = field(default=True)
    """Whether the registrar adds more before the command runs again."""


def command(
    place: Place, arguments: tuple[str, ...], settings: dict[str, str], dies_at: int | None = None,
    work: Callable[..., None] = roadsieve,
) -> int:  # fmt: skip
    return run(work, arguments, {**place.environment, **AT_ONCE, **settings}, dies_at=dies_at)


def nothing(_place: Place, _writer: Writer) -> None:
    """Leave the lake as the registrar made it."""


def orphaned(_place: Place, writer: Writer) -> None:
    """A crash left a file."""
    folder = Folder(writer.lake.location, writer.lake.table("plate").io)
    folder.write(f"plates/plate/data/day={FIRST}/merged-then.parquet", b"PAR1")


def made_cold(place: Place, _writer: Writer) -> None:
    assert command(place, MAINTAIN, ALL_COLD) == 0


def restored(place: Place, writer: Writer) -> None:
    made_cold(place, writer)
    assert command(place, RESTORE, ALL_COLD) == 0


def half_cold(place: Place, writer: Writer) -> None:
    """The first day is cold and restored, the second is hot."""
    hot_days = (datetime.now(UTC).date() - date.fromisoformat(SECOND)).days
    assert command(place, MAINTAIN, {**ALL_COLD, "ROADSIEVE_LAKE_HOT_DAYS": str(hot_days)}) == 0
    assert command(place, RESTORE, ALL_COLD) == 0
    audit = AuditLog(place.settings.path_of_lake())
    audit.write(f'{{"plateText": "{audit.plate_hash(PLATE)}"}}\n'.encode())


def all_rows_are_there(_place: Place, writer: Writer) -> None:
    for name in LAKE_TABLES:
        assert rows(writer.lake, name) == writer.wanted[name]


def all_rows_are_gone(_place: Place, writer: Writer) -> None:
    assert all(not rows(writer.lake, name) for name in LAKE_TABLES)
    assert {table.name()[0] for table in tables(writer.lake)} == {"plates"}


def restored_rows_are_there(place: Place, writer: Writer) -> None:
    all_rows_are_there(place, writer)
    table = writer.lake.catalog.load_table(("restored", "plate_20251125_20251126"))
    assert Counter(map(comparable, table.scan().to_arrow().to_pylist())) == writer.wanted["plate"]


def the_plate_is_gone(place: Place, writer: Writer) -> None:
    lake = writer.lake
    assert rows(lake, "plate") == Counter({row: n for row, n in writer.wanted["plate"].items() if OTHER in row})
    assert rows(lake, "car").total() == writer.wanted["car"].total()
    for path in sorted(one for one in lying(lake) if one.endswith(".parquet")):
        found = read(lake, path)
        assert "plateText" not in found.column_names or PLATE not in found.column("plateText").to_pylist(), path
    assert AuditLog(place.settings.path_of_lake()).forget_plate(PLATE) == 0
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
        self.case, self.saved = case, folder / "saved"
        self.place = Place(folder / "home", {})
        self.writer = self.made()
        shutil.copytree(self.place.home, self.saved)

    def made(self) -> Writer:
        """Fill the place, and do to it what the case does before; return what was written."""
        lake = self.place.opened()
        lake.create()
        writer = Writer(lake)
        for _ in range(2):
            writer.commit(days=2, names=self.case.names)
        assert command(self.place, ("api", "reindex"), {}) == 0
        self.case.before(self.place, writer)
        lake.close()
        return writer

    def anew(self) -> Writer:
        """Bring everything back to how it was before the command; return who writes on."""
        shutil.rmtree(self.place.home)
        shutil.copytree(self.saved, self.place.home)
        again = Writer(self.place.opened())
        again.offset, again.batch = self.writer.offset, self.writer.batch
        again.wanted = {name: some.copy() for name, some in self.writer.wanted.items()}
        return again

    def dies_at(self, step: int) -> bool:
        """Let the command die, and run it again; False when it ended before that step."""
        again = self.anew()
        lake = again.lake
        code = command(self.place, self.case.arguments, self.case.settings, step, roadsieve_later)
        assert dangling(lake) == set(), "right after the kill"
        if self.case.goes_on:
            again.commit(days=2, names=self.case.names)
        for arguments in (self.case.arguments, MAINTAIN):
            ended = command(self.place, arguments, self.case.settings, work=roadsieve_later)
            if ended == Exit.SOME_UNUSABLE:  # what it asked of Glacier is there by now
                ended = command(self.place, arguments, self.case.settings, work=roadsieve_later)
            assert ended == 0
        self.place.thaw()
        self.case.after(self.place, again)
        assert dangling(lake) == set()
        assert left_over(lake) == set()
        assert in_the_index(self.place.settings) == lake.paths("plate") | lake.paths("sighting")
        lake.close()
        return code == KILLED


class KillingOnServers(Killing):
    """One case on servers: nothing of them can be copied, so a lake is made for each death."""

    def __init__(self, case: Case, folder: Path, s3: S3Server, postgres: Postgres) -> None:
        self.case, self._folder, self._servers = case, folder, (s3, postgres)

    def anew(self) -> Writer:
        """Make the lake in a place of its own."""
        self.place = on_servers(self._folder / uuid.uuid4().hex, *self._servers)
        writer = self.made()
        writer.lake = self.place.opened()
        return writer


@pytest.fixture
def killing(request: pytest.FixtureRequest, tmp_path: Path) -> Killing:
    return Killing(CASES[request.param], tmp_path)


@pytest.fixture
def killing_on_servers(
    request: pytest.FixtureRequest, tmp_path: Path, moto: S3Server, postgres: Postgres
) -> KillingOnServers:
    return KillingOnServers(CASES[request.param], tmp_path, moto, postgres)


@pytest.mark.slow
@pytest.mark.parametrize("killing", [name for name in CASES if name != "erase"], indirect=True)
def test_killed_at_some_steps_it_goes_on_as_if_nothing_had_been(killing: Killing) -> None:
    steps = list(itertools.takewhile(killing.dies_at, itertools.count(2, killing.case.stride)))
    assert len(steps) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("killing_on_servers", ["move to cold"], indirect=True)
def test_killed_at_some_steps_it_goes_on_on_servers_too(killing_on_servers: KillingOnServers) -> None:
    steps = list(itertools.takewhile(killing_on_servers.dies_at, itertools.count(2, killing_on_servers.case.stride)))
    assert len(steps) >= 2


EVERY_STEP = [(name, part) for name, one in CASES.items() for part in range(one.parts)]


def killed_at_every_step(killing: Killing, part: int) -> None:
    case = killing.case
    steps = list(itertools.takewhile(killing.dies_at, itertools.count(part, case.parts)))
    print(f"\n{' '.join(case.arguments)}: killed at {len(steps)} steps, {part} and each {case.parts} further")
    assert steps


@pytest.mark.chaos
@pytest.mark.timeout(3000)
@pytest.mark.parametrize(("killing", "part"), EVERY_STEP, indirect=["killing"])
def test_killed_at_every_step_it_goes_on_as_if_nothing_had_been(killing: Killing, part: int) -> None:
    killed_at_every_step(killing, part)


@pytest.mark.chaos
@pytest.mark.timeout(6000)
@pytest.mark.parametrize(("killing_on_servers", "part"), EVERY_STEP, indirect=["killing_on_servers"])
def test_killed_at_every_step_it_goes_on_on_servers_too(killing_on_servers: KillingOnServers, part: int) -> None:
    killed_at_every_step(killing_on_servers, part)
