"""Streams that are not as a policy would wish: drifting, poor, flooded, late with what is rare."""

from __future__ import annotations

import numpy as np
import pytest

from app.curation.entropy import entropy_ratio
from schemas.records import ArchiveState
from tests.unit.curation.records import extracted, frame, kept, run, singles

POLICY = """
still_bytes_per_px = 1.0
[budget]
share_ratio = 0.05
[redundancy]
clip_weight = 0.36
[attributes.weather]
kind = "category"
values = ["clear", "rainy", "foggy"]
[attributes.timeofday]
kind = "category"
values = ["daytime", "night"]
[attributes.region]
kind = "category"
weight = 0.5
"""


def counts(state: ArchiveState, attribute: str) -> dict[str, int]:
    return {tally.value: tally.kept for tally in state.attributes[attribute]}


def drive(words: list[dict[str, str]], prefix: str = "s", clip: str = "") -> list:
    return [
        extracted([frame(attributes=one)], f"{prefix}{number:05d}", at_us=number, clip=clip or f"{prefix}{number:05d}")
        for number, one in enumerate(words)
    ]


@pytest.mark.slow
def test_all_night_after_all_day_catches_up_within_its_budget() -> None:
    day, night = {"weather": "clear", "timeofday": "daytime"}, {"weather": "clear", "timeofday": "night"}
    states, decided = run(drive([day] * 3000 + [night] * 3000), POLICY)
    found = counts(states["a"], "timeofday")
    assert len(kept(decided)) == 300
    assert found["daytime"] == found["night"] == 150


def test_a_region_that_appears_late_is_taken_at_once_and_then_shares() -> None:
    old, new = {"region": "Utah"}, {"region": "Bern"}
    rng = np.random.default_rng(0)
    late = [new if rng.random() < 0.3 else old for _ in range(2000)]
    states, decided = run(drive([old] * 4000 + late), POLICY)
    first_window = [one for one in decided[4000:4100] if one.frames[0].kept]
    assert {one.frames[0].frame.attributes["region"] for one in first_window} == {"Bern"}
    assert counts(states["a"], "region")["Bern"] == 100


@pytest.mark.slow
def test_what_is_rare_and_first_seen_at_nine_tenths_is_all_kept() -> None:
    clear, foggy = {"weather": "clear"}, {"weather": "foggy"}
    words = [clear] * 4500 + [foggy if number % 50 == 0 else clear for number in range(500)]
    states, _ = run(drive(words), POLICY)
    assert counts(states["a"], "weather")["foggy"] == 10


def test_what_is_scarce_is_all_kept_even_where_a_young_archive_has_plenty_of_it() -> None:
    first = [{"weather": "foggy" if number % 45 == 0 else "clear" if number % 2 else "rainy"} for number in range(495)]
    later = [{"weather": "clear" if number % 2 else "rainy"} for number in range(2005)]
    states, _ = run(drive(first + later), POLICY, window_frames=500)
    assert counts(states["a"], "weather")["foggy"] == 11


def test_a_stream_poorer_than_its_target_still_fills_its_budget_with_the_best_there_is() -> None:
    states, decided = run(singles(["clear", "rainy", *["clear"] * 18] * 100), POLICY)
    assert len(kept(decided)) == 100
    found = counts(states["a"], "weather")
    assert found["foggy"] == 0
    assert found["rainy"] == found["clear"] == 50


def test_a_camera_that_floods_does_not_push_the_others_out() -> None:
    flood = drive([{"weather": "rainy", "timeofday": "night"}] * 4000, "f", clip="flood")
    others = drive([{"weather": "rainy", "timeofday": "night"}] * 400, "o")
    log = []
    for number, one in enumerate(others):
        log += [*flood[10 * number : 10 * number + 10], one]
    _, decided = run(log, POLICY)
    clips = [one.facts.clip_id for one in decided if one.frames[0].kept]
    assert len(clips) == 220
    assert len(set(clips)) >= 200


@pytest.mark.slow
def test_the_archive_of_a_skewed_stream_is_more_even_than_what_any_shadow_kept() -> None:
    rng = np.random.default_rng(5)
    weathers = rng.choice(["clear", "rainy", "foggy"], p=[0.9, 0.09, 0.01], size=5000)
    states, _ = run(singles(weathers.tolist()), POLICY)
    tallies = [one for one in states["a"].attributes["weather"] if one.value in ("clear", "rainy", "foggy")]
    ours = entropy_ratio([one.kept for one in tallies])
    shadows = [entropy_ratio([one.shadows[place] for one in tallies]) for place in range(3)]
    assert ours > 0.85
    assert all(ours > shadow for shadow in shadows)


def test_a_window_that_shows_nothing_the_policy_asks_for_is_decided_like_any_other() -> None:
    """A policy of objects alone, and an empty road after a busy one."""
    toml = POLICY[: POLICY.index("[attributes.weather]")] + '[attributes.objects]\nkind = "presence"\n'
    busy = [extracted([frame(objects=("car",))], f"b{number:03d}", at_us=number) for number in range(100)]
    empty = [extracted([frame(objects=())], f"e{number:03d}", at_us=100 + number) for number in range(100)]
    _, decided = run([*busy, *empty], toml)
    assert len(kept(decided)) == 10
    assert {one.frames[0].rank for one in decided[100:]} == set(range(100))
