"""What the policy that ships is worth on real labels, beside every other way of choosing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from app.evaluation.baselines import BASELINES
from app.evaluation.bursts import Shape, segments_of
from app.evaluation.labels import Findings
from app.evaluation.reading import read_labels
from app.evaluation.stream import sifted
from app.evaluation.supply import supply_of
from app.evaluation.trial import OFFLINE, OURS, Scene, Trial, at_share, run_trial, try_policy
from app.policy_files import read_policy

pytestmark = pytest.mark.slow
ATTRIBUTES = ("weather", "scene", "timeofday", "objects")
RARE = {"scene=tunnel": 14, "scene=parking lot": 22, "scene=gas stations": 5, "objects=train": 7, "weather=foggy": 8}


@cache
def scene_of(data: Path, clip_frames: int) -> Scene:
    _, policy = read_policy(None)
    labels = read_labels(data / "bdd100k" / "det_val_A.jsonl", Findings())
    segments = sifted(segments_of(labels, Shape(clip_frames), policy.still_bytes_per_px), policy)
    return Scene(segments, supply_of(segments, policy))


@cache
def trial_of(data: Path, share: float) -> Trial:
    _, policy = read_policy(None)
    scene = scene_of(data, 1)
    return run_trial(lambda seed: scene, [0], at_share(policy, share), 500, lambda what: None)


def entropies(trial: Trial, way: str) -> dict[str, float]:
    return {name: spread.entropy_ratio for name, spread in trial.results[way][0].spread.items()}


@pytest.mark.parametrize(
    ("share", "least"),
    [
        (0.05, {"weather": 0.965, "scene": 0.855, "timeofday": 0.990, "objects": 0.905}),
        (0.01, {"weather": 0.98, "scene": 0.97, "timeofday": 0.98, "objects": 0.93}),
    ],
)
def test_independent_frames_are_spread_evenly(shared_data: Path, share: float, least: dict[str, float]) -> None:
    trial = trial_of(shared_data, share)
    reached = entropies(trial, OURS)
    assert {name: reached[name] for name in least if reached[name] < least[name]} == {}
    assert trial.results[OURS][0].kept == int(share * 4965)


def test_at_five_percent_every_rare_picture_and_most_combinations_are_kept(shared_data: Path) -> None:
    ours = trial_of(shared_data, 0.05).results[OURS][0]
    assert {value: ours.recall[value] for value in RARE} == dict.fromkeys(RARE, 1.0)
    assert ours.cells.seen == 84
    assert ours.cells.occupied >= 74


@pytest.mark.parametrize("share", [0.05, 0.01])
@pytest.mark.parametrize("way", BASELINES)
def test_no_other_way_is_better_in_anything(shared_data: Path, way: str, share: float) -> None:
    trial = trial_of(shared_data, share)
    ours, theirs = trial.results[OURS][0], trial.results[way][0]
    assert all(entropies(trial, OURS)[name] >= entropies(trial, way)[name] for name in ATTRIBUTES)
    assert all(ours.recall[value] >= theirs.recall[value] for value in RARE)
    assert ours.cells.occupied >= theirs.cells.occupied
    assert ours.distinct_clips >= theirs.distinct_clips
    assert theirs.bytes <= trial.budget_bytes


def test_deciding_in_windows_costs_at_most_a_hundredth_against_seeing_the_whole_stream(shared_data: Path) -> None:
    trial = trial_of(shared_data, 0.05)
    ours, offline = entropies(trial, OURS), entropies(trial, OFFLINE)
    assert {name: offline[name] - ours[name] for name in ATTRIBUTES if offline[name] - ours[name] > 0.01} == {}


def test_no_way_exceeds_the_limit_of_the_supply(shared_data: Path) -> None:
    trial = trial_of(shared_data, 0.05)
    for way in (OURS, OFFLINE, *BASELINES):
        if trial.results[way][0].kept == trial.results[OURS][0].kept:
            assert all(entropies(trial, way)[name] <= trial.limits[name] for name in ATTRIBUTES), way


@pytest.mark.timeout(900)
def test_clips_of_many_cameras_with_flicker_are_spread_evenly_over_most_clips(shared_data: Path) -> None:
    _, policy = read_policy(None)
    result, _ = try_policy(scene_of(shared_data, 40), at_share(policy, 0.05), 500)
    least = {"weather": 0.946, "scene": 0.82, "timeofday": 0.977, "objects": 0.989}
    reached = {name: result.spread[name].entropy_ratio for name in least}
    assert {name: reached[name] for name in least if reached[name] < least[name]} == {}
    assert result.distinct_clips >= 3350
    assert result.state_bytes < 1_000_000
