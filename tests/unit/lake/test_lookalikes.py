"""How unlike plates are: a table by hand, and the laws of a metric."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lake.lookalikes import ALIKE_UNITS, EDIT_UNITS, HIDDEN, LOOK_ALIKES, aligned, cost_units, distance_units, plain

plates = st.text("0O1I8BSDU5WX粤", max_size=9)


@pytest.mark.parametrize(
    ("a", "b", "units"),
    [
        ("K643ET10", "K643ET10", 0),
        ("LR05OU", "LRO5OU", ALIKE_UNITS),
        ("LR05OU", "LRO50U", 2 * ALIKE_UNITS),
        ("8B", "B8", 2 * ALIKE_UNITS),
        ("GP19XD", "GPI9XO", 2 * ALIKE_UNITS),
        ("D", "U", 2 * ALIKE_UNITS),  # over 0
        ("LR05OU", "LR05OW", EDIT_UNITS),
        ("LR05OU", "LR05O", EDIT_UNITS),
        ("LR05OU", "LRX05OU", EDIT_UNITS),
        ("粤BDX503", "粤80X503", 2 * ALIKE_UNITS),
        ("", "AB", 2 * EDIT_UNITS),
        ("LR05OU*", "LR05OUT", 0),  # what the trial hides may be anything, but it is one character
        ("LR05OU*", "LR05OU", EDIT_UNITS),
        ("LR05OU*", "LRO5OUT", ALIKE_UNITS),
        ("LR05OU*", "LR05OU*", 0),
        ("A*", "", 2 * EDIT_UNITS),
    ],
)
def test_a_plate_is_as_unlike_another_as_a_person_says(a: str, b: str, units: int) -> None:
    assert distance_units(a, b) == distance_units(b, a) == units


@given(plates, plates, plates)
def test_unlikeness_is_a_metric(a: str, b: str, c: str) -> None:
    assert (distance_units(a, b) == 0) == (a == b)
    assert distance_units(a, b) == distance_units(b, a)
    assert distance_units(a, c) <= distance_units(a, b) + distance_units(b, c)
    assert distance_units(a, b) <= EDIT_UNITS * max(len(a), len(b))


@given(plates, plates)
def test_a_hidden_character_costs_no_more_than_any_that_is_shown(a: str, b: str) -> None:
    assert all(distance_units(a + HIDDEN, b) <= distance_units(a + last, b) for last in "0OW")
    assert distance_units(a + HIDDEN, b + HIDDEN) == distance_units(a, b)


@given(plates, plates)
def test_pairs_of_characters_give_both_plates_back(a: str, b: str) -> None:
    pairs = aligned(a, b)
    assert ("".join(one for one, _ in pairs), "".join(one for _, one in pairs)) == (a, b)
    assert ("", "") not in pairs
    assert sum(cost_units(one, other) for one, other in pairs) == distance_units(a, b)


@pytest.mark.parametrize(
    ("typed", "compared"), [("k 643 et-10", "K643ET10"), ("ab·123", "AB123"), ("粤b dx503", "粤BDX503")]
)
def test_a_plate_is_compared_without_what_people_write_between(typed: str, compared: str) -> None:
    assert plain(typed) == compared


def test_every_group_of_look_alikes_has_a_reason() -> None:
    assert all(len(group) > 1 and why for group, why in LOOK_ALIKES)
