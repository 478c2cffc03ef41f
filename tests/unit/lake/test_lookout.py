"""What hurries: each vehicle that comes into sight, ever less often one that stays; found without reading the rest."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from app.errors import MalformedRecord
from app.lake.lookout import MOST_SIGHTS, Lookout, kept, looked_for, texts_of
from app.lake.reading import read_recognized
from schemas.records import PlatesRecognized, WatchedPlate
from tests.unit.lake.results import AT_US, CAR_ALONE, FULL, NOTHING, results
from tests.unit.lake.test_watchlist import LIST

SILENCE_S = 30.0


def looking() -> Lookout:
    lookout = Lookout(SILENCE_S)
    lookout.look_for(LIST)
    return lookout


def test_a_vehicle_that_stays_hurries_with_its_first_second_fourth_reading_and_so_on() -> None:
    lookout = looking()
    due = [number for number in range(1, 101) if lookout.comes([("gate-3", "K643ETI0")], float(number))]
    assert due == [1, 2, 4, 8, 16, 32, 64]


def test_a_vehicle_that_comes_again_after_a_silence_or_elsewhere_hurries_again() -> None:
    lookout = looking()
    for number in range(3):
        lookout.comes([("gate-3", "K643ET10")], float(number))
    assert lookout.comes([("gate-4", "K643ET10")], 3.0)
    assert lookout.comes([("gate-3", "K643ET10")], 3.0)
    assert not lookout.comes([("gate-3", "K643ET10")], 3.0 + SILENCE_S)
    assert lookout.comes([("gate-3", "K643ET10")], 4.0 + 2 * SILENCE_S)


def test_what_is_not_looked_for_does_not_hurry() -> None:
    lookout = looking()
    assert not lookout.comes([("gate-3", "XY98ZW"), ("gate-3", "")], 0.0)
    lookout.look_for(())
    assert not lookout.comes([("gate-3", "K643ET10")], 0.0)
    assert not Lookout(SILENCE_S).comes([("gate-3", "K643ET10")], 0.0)


def test_it_forgets_the_sights_that_are_longest_ago_before_it_grows() -> None:
    lookout = looking()
    for number in range(MOST_SIGHTS + 1):
        lookout.comes([(f"gate-{number}", "K643ET10")], 0.0)
    assert lookout.comes([("gate-0", "K643ET10")], 0.0)
    assert len(lookout._sights) == MOST_SIGHTS


def test_the_list_comes_back_from_the_row_that_keeps_it() -> None:
    listed = {one.plate: one for one in LIST}
    back = looked_for(kept(listed))
    assert back == {plate: WatchedPlate(plate, one.most_units, "") for plate, one in listed.items()}
    assert looked_for(None) == {}


@pytest.mark.parametrize("said", [FULL, CAR_ALONE, NOTHING, {"plates": None}, None, [], {"plates": [{"text": 1}]}])
def test_texts_are_found_in_what_the_sdk_writes_and_none_in_what_it_does_not(said: object) -> None:
    plates = (said.get("plates") or ()) if isinstance(said, dict) else ()
    texts = [one["text"] for one in plates if isinstance(one.get("text"), str)]
    assert list(texts_of(json.dumps(said).encode())) == texts
    assert list(texts_of(json.dumps(said).encode()[:-1])) == []


@given(results)
def test_the_texts_are_those_that_reading_all_of_it_finds(said: dict[str, object]) -> None:
    raw = json.dumps(said).encode("utf-8", "surrogatepass")
    try:
        result = read_recognized(PlatesRecognized("gate-3", AT_US, "", raw))
    except MalformedRecord:
        return
    assert list(texts_of(raw)) == [one.text for one in result.said.plates or () if one.text]
