"""A whole lake keeps every rule; each way of breaking it breaks its rule, and its day is verified no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.lake.naming import Named
from app.lake.rows import Row
from app.lake.tables import LAKE_TABLES
from app.lake.validation.check import Checked, check
from app.lake.validation.commits import faults_of
from app.lake.validation.facts import Lake
from app.lake.validation.log import NO_LOG, Logged
from app.lake.validation.results import keep, verified_days
from app.lake.validation.rules import RULES
from app.lake.warehouse import Warehouse
from schemas.records import LakeFile
from tests.unit.lake.results import AT_US, FULL, result, rows_of_all
from tests.unit.lake.upkeep.lake_in_a_folder import Writer, opened

pytestmark = pytest.mark.slow

DAY, NEXT_DAY_US = "2025-11-25", AT_US + 86_400_000_000


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Warehouse]:
    made = opened(tmp_path)
    made.create()
    Writer(made).commit()
    yield made
    made.close()


def logged(lake: Warehouse) -> Logged:
    seen = Lake(lake)
    return Logged({(name, day): rows for name in LAKE_TABLES for day, rows in seen.rows(name).items()}, "")


def checked(lake: Warehouse, log: Logged, now_us: int = NEXT_DAY_US) -> Checked:
    seen = Lake(lake)
    return check(lake, seen, seen.days, log, 60.0, now_us, lambda _: None)


def failed(found: Checked) -> set[tuple[str, str]]:
    return {(one.table, one.rule) for one in found.outcomes if one.verdict == "failed"}


def changed(name: str, **columns: Any) -> list[Row]:
    """Return the rows that a result has in a table, as another result's, with some columns changed."""
    rows = rows_of_all(result(FULL, source_id="other", at_us=AT_US + 7))[name]
    names = LAKE_TABLES[name].column_names
    return [tuple(columns.get(one, value) for one, value in zip(names, row, strict=True)) for row in rows]


def add(lake: Warehouse, name: str, rows: list[Row], stem: str = "0001-000000000000") -> tuple[list[LakeFile], Named]:
    files = lake.write(name, rows, stem)
    named = lake.add(name, [(100 + place, file.path) for place, file in enumerate(files)])
    return [LakeFile(one.table, one.day, one.path, one.rows, one.size_bytes) for one in files], named


def test_a_whole_lake_keeps_every_rule_and_its_days_are_verified(lake: Warehouse) -> None:
    found = checked(lake, logged(lake))
    assert failed(found) == set()
    assert found.good
    assert {(one.rule, one.table) for one in found.outcomes} == {(rule.name, rule.table) for rule in RULES}
    assert verified_days(lake) == found.verified == {DAY}


BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("color", {"confidence": 130.0}, "confidence within 0 to 100 %"),
    ("car", {"confidence": float("nan")}, "confidence within 0 to 100 %"),
    ("color", {"rank": 0}, "rank from 1"),
    ("color", {"carId": "of-no-car"}, "carId is in car"),
    ("country", {"plateId": "of-no-plate"}, "plateId is in plate"),
    ("color", {"color": "octarine"}, "known colours"),
    ("bodyStyle", {"bodyStyle": "boat"}, "known body styles"),
]


@pytest.mark.parametrize(("name", "columns", "rule"), BROKEN)
def test_each_way_of_breaking_it_breaks_its_rule(
    lake: Warehouse, name: str, columns: dict[str, Any], rule: str
) -> None:
    for whole in {"car", "plate"} - {name}:
        add(lake, whole, changed(whole))
    add(lake, name, changed(name, **columns))
    found = checked(lake, logged(lake))
    assert (name, rule) in failed(found)
    critical = next(one for one in RULES if (one.name, one.table) == (rule, name)).critical
    assert (DAY in verified_days(lake)) is not critical
    assert found.good is not critical


def test_a_row_that_is_there_twice_is_a_duplicate(lake: Warehouse) -> None:
    for stem in ("0001-000000000000", "0002-000000000000"):
        files = lake.write("plate", changed("plate"), stem)
        lake.add("plate", [(100 + int(stem[3]), file.path) for file in files])
    assert ("plate", "plateId once") in failed(checked(lake, logged(lake)))


def test_the_log_has_the_last_word_on_how_many_rows_there_are(lake: Warehouse) -> None:
    log = logged(lake)
    short = Logged({**log.rows, ("plate", DAY): log.rows["plate", DAY] + 1}, "")
    assert failed(checked(lake, short)) == {("plate", "rows as the log says")}
    assert verified_days(lake) == frozenset()
    checked(lake, Logged({}, "", NO_LOG), NEXT_DAY_US + 1)
    assert verified_days(lake) == frozenset(), "what could not be told takes nothing back"
    assert failed(checked(lake, log, NEXT_DAY_US + 2)) == set()
    assert verified_days(lake) == {DAY}


@pytest.mark.parametrize("log", [Logged({}, "", NO_LOG), Logged({}, "2026-01-01")])
def test_where_the_log_does_not_tell_the_count_is_unknown_and_says_why(lake: Warehouse, log: Logged) -> None:
    outcomes = [one for one in checked(lake, log).outcomes if one.rule == "rows as the log says"]
    assert {one.verdict for one in outcomes} == {"unknown"}
    assert all(one.detail for one in outcomes)


def test_a_commit_that_is_not_what_the_log_said_takes_its_day_out_at_once(lake: Warehouse) -> None:
    checked(lake, logged(lake))
    files, named = add(lake, "color", changed("color", confidence=130.0))
    wrong = [LakeFile(one.table, one.day, one.path, one.rows + 1, one.size_bytes) for one in files]
    found = faults_of("color", wrong, named)
    assert {one.rule for one in found} == {"rows as the log says", "confidence within 0 to 100 %"}
    keep(lake, found, "commit", AT_US + 1)
    assert verified_days(lake) == {DAY}, "an older outcome changes nothing"
    keep(lake, found, "commit", NEXT_DAY_US + 1)
    assert verified_days(lake) == frozenset()


def test_a_whole_commit_has_no_fault(lake: Warehouse) -> None:
    for name in LAKE_TABLES:
        assert faults_of(name, *add(lake, name, changed(name))) == []
