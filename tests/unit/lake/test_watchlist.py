"""The watch list: which readings are taken for which plates, and that searching misses none that comparing finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lake.lookalikes import EDIT_UNITS, distance_units
from app.lake.watchlist import MOST_UNITS, WatchList, change_list, watch_list
from schemas.records import WatchChanged, WatchedPlate

LIST = (WatchedPlate("K643ET10", 2, "stolen"), WatchedPlate("LR05OUT", EDIT_UNITS, "guest"),
        WatchedPlate("AB12", 0, "exactly"), WatchedPlate("粤BDX503", MOST_UNITS, ""))  # fmt: skip


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("K643ET10", [("K643ET10", 0, "")]),
        ("K643ETI0", [("K643ET10", 1, "I for 1")]),
        ("K643ETIO", [("K643ET10", 2, "I for 1, O for 0")]),
        ("KG43ETIO", []),  # three look-alikes, two are allowed
        ("K643ET1", []),
        ("LRO5OU*", [("LR05OUT", 1, "the last is hidden, O for 0")]),
        ("LR05UT", [("LR05OUT", 4, "no O")]),
        ("LR05XOUT", [("LR05OUT", 4, "X too much")]),
        ("lr05 out", [("LR05OUT", 0, "")]),
        ("AB12", [("AB12", 0, "")]),
        ("A812", []),
        ("AB1*", [("AB12", 0, "the last is hidden")]),
        ("粤8DXS0", [("粤BDX503", 6, "8 for B, S for 5, no 3")]),
        ("XYZ", []),
        ("", []),
    ],
)
def test_a_reading_is_taken_for_the_plates_that_it_is_near_enough_to(
    text: str, matches: list[tuple[str, int, str]]
) -> None:
    assert [(one.watched.plate, one.units, one.difference) for one in watch_list(LIST).matches(text)] == matches


plates = st.text("0OD1I8B5SAX", min_size=1, max_size=8)
lists = st.lists(st.builds(WatchedPlate, plates, st.integers(0, MOST_UNITS), st.just("")), max_size=8)


@given(lists, plates, st.sampled_from(["", "*"]))
def test_searching_finds_what_comparing_with_each_plate_finds(
    watched: list[WatchedPlate], text: str, hidden: str
) -> None:
    found = {(one.watched, one.units) for one in WatchList(watched).matches(text + hidden)}
    assert found == {
        (one, units) for one in watched if (units := distance_units(text + hidden, one.plate)) <= one.most_units
    }


@given(lists, lists)
def test_changes_of_different_plates_may_come_in_any_order(first: list[WatchedPlate], more: list[WatchedPlate]) -> None:
    names = {one.plate: one for one in (*first, *more)}
    changes = [WatchChanged(one.plate, "add", one.most_units, one.reason) for one in names.values()]
    changes += [WatchChanged(f"{plate}-", "remove", 0, "") for plate in names]
    there, back = dict[str, WatchedPlate](), dict[str, WatchedPlate]()
    for one, other in zip(changes, reversed(changes), strict=True):
        assert change_list(there, one)
        assert change_list(back, other)
    assert there == back == names


def test_a_plate_that_is_removed_is_not_found_any_more() -> None:
    left = {one.plate: one for one in LIST}
    assert change_list(left, WatchChanged("K643ET10", "remove", 0, ""))
    assert watch_list(tuple(left.values())).matches("K643ET10") == []
    assert len(left) == len(LIST) - 1
