"""What many readings agree on: a table by hand, laws, and how many of a real video's readings end right."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lake.consensus import Ballot, consensus
from app.lake.lookalikes import distance_units, shown
from app.lake.tracks import agreed, follow
from schemas.records import PlateReading, PlateTrack
from tests.unit.lake.results import AT_US


def ballots(*said: str | tuple[str, int]) -> tuple[Ballot, ...]:
    """Return texts as ballots, of weight 10 a character where nothing else is said."""
    pairs = [(one, 10) if isinstance(one, str) else one for one in said]
    return tuple(Ballot(text, (weight,) * len(text)) for text, weight in pairs)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (["K643ET10"], "K643ET10"),
        (["LR05OU", "LRO5OU", "LR05OJ"], "LR05OU"),
        (["GP9XD", "GP19XD", "GP19X0"], "GP19XD"),  # lost by one, a round by another
        (["HG59OIN", "HG59OI", "HG59OI"], "HG59OI"),  # too much in one
        (["粤BDX503", "粤8DX503", "粤BDX50"], "粤BDX503"),
        (["AB12*", "AB12*", "A812*"], "AB12*"),
        (["AB12*", "AB123", "AB123"], "AB123"),
        ([("AB", 50), ("AC", 20), ("AC", 20)], "AB"),  # weight, and not number
        (["AB", "AC"], "AB"),  # of equals the smaller
    ],
)
def test_readings_agree_on_what_a_person_would(said: list[str | tuple[str, int]], text: str) -> None:
    assert consensus(ballots(*said))[0] == text


def test_characters_that_one_reading_is_sure_of_outvote_those_that_two_are_not() -> None:
    sure = Ballot("A8", (90, 90))
    assert consensus((sure, Ballot("AB", (90, 30)), Ballot("A3", (90, 20)))) == ("A8", pytest.approx(100 * 90 / 140))


texts = st.text("AB80O1", min_size=1, max_size=7)
found = st.lists(st.tuples(texts, st.integers(1, 10_000)), min_size=1, max_size=12, unique_by=lambda one: one[0])


@given(found, st.randoms(use_true_random=False))
def test_the_order_of_the_ballots_changes_nothing(said: list[tuple[str, int]], chance: object) -> None:
    shuffled = list(said)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert consensus(ballots(*said)) == consensus(ballots(*shuffled))


@given(found)
def test_agreement_is_a_share_and_whole_only_when_all_say_the_same(said: list[tuple[str, int]]) -> None:
    text, percent = consensus(ballots(*said))
    assert 0 < percent <= 100
    assert percent < 100 or all(shown(one) == text for one, _ in said)


@given(found, texts)
def test_what_has_more_weight_than_all_else_is_what_is_agreed_on(said: list[tuple[str, int]], text: str) -> None:
    others = [(one, weight) for one, weight in said if one != text]
    assert consensus(ballots(*others, (text, 1 + 100 * sum(weight for _, weight in others))))[0] == text


#: Plates that a person makes out in the flicker of the video: British, two letters, two digits, two of three letters.
TRUTH = (
    "LR05OU", "NL57ZY", "WT65XK", "GD61YX", "OE19SV", "GV14NA", "SG66NJ", "LB65DT", "GY64VZ", "PJ66HF", "PK07RX",
    "LM64LM", "LA07NB", "GP19XD", "LF64KO", "OE13EP", "GV11EX", "FG65VJ", "GF67KV", "NA54KK", "SF66ZN", "WV67ZG",
    "HG59OG",
)  # fmt: skip
SURE_UNITS = 8
"""A reading is of the plate that it is nearest to, unless it is further than two edits from it or as near to others."""


def owner(text: str) -> str | None:
    away = sorted((distance_units(shown(text), one), one) for one in TRUTH)
    return away[0][1] if away[0][0] <= SURE_UNITS and away[0][0] < away[1][0] else None


def flicker(shared_data: Path) -> list[PlateTrack]:
    """Return the tracks of the video's texts, taken to lie a second apart: the file has no times or confidences."""
    said = ast.literal_eval((shared_data / "alpr" / "plate_texts_one_video.txt").read_text())
    readings = [
        PlateReading(f"{place:032x}", 0, False, AT_US + place * 1_000_000, "", text, None, ())
        for place, text in enumerate(said)
        if shown(text)
    ]
    followed = follow((), 0, readings, 30_000_000, 1 << 62)
    return [*followed.closed, *followed.open]


@pytest.mark.slow
def test_more_readings_of_a_real_video_end_in_the_right_text_than_began_in_it(shared_data: Path) -> None:
    counts = dict.fromkeys(("readings", "right", "alike", "agreed right", "agreed alike"), 0)
    for track in flicker(shared_data):
        said = shown(agreed(track)[0])
        for one in track.texts:
            if (plate := owner(one.text)) is not None:
                counts["readings"] += 1
                counts["right"] += shown(one.text) == plate
                counts["alike"] += distance_units(shown(one.text), plate) < 4
                counts["agreed right"] += said == plate
                counts["agreed alike"] += distance_units(said, plate) < 4
    # Each text is there once, however often it was read: the hard case, in which wrong readings weigh most.
    assert counts == {"readings": 101, "right": 15, "alike": 49, "agreed right": 39, "agreed alike": 71}
