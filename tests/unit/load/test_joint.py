"""Laws of the joint distribution: every published count holds, what cannot be is never drawn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.load import joint
from ops.load.spec import BDD100K, CLASSES, EVEN, NOT_IN, PRESENCE, SCENES, TIMES, WEATHERS, draw_spec


def counts_of(*axes: int) -> np.ndarray:
    return joint.bdd100k().sum(axis=axes) * joint.PICTURES


@pytest.mark.parametrize(
    ("found", "known"),
    [(counts_of(1, 2), joint.WEATHER), (counts_of(0, 2), joint.SCENE), (counts_of(0, 1), joint.TIMEOFDAY)],
)
def test_every_marginal_is_as_published(found: np.ndarray, known: dict[str, int]) -> None:
    np.testing.assert_allclose(found, list(known.values()), rtol=1e-6)
    assert sum(known.values()) == joint.PICTURES


def test_every_anchor_is_as_published() -> None:
    table = counts_of(1)
    for (weather, time), count in joint.ANCHORS.items():
        assert table[WEATHERS.index(weather), TIMES.index(time)] == pytest.approx(count, rel=1e-6)


def test_nobody_sees_the_weather_in_a_tunnel() -> None:
    tunnel = joint.bdd100k()[:, SCENES.index("tunnel"), :]
    assert np.flatnonzero(tunnel.sum(axis=1)).tolist() == [WEATHERS.index("undefined")]


@given(st.lists(st.floats(0.05, 5.0), min_size=6, max_size=6), st.lists(st.floats(0.05, 5.0), min_size=6, max_size=6))
def test_fitting_finds_the_marginals_of_any_table_and_keeps_odds_ratios(one: list[float], other: list[float]) -> None:
    start, wanted = np.array(one).reshape(2, 3), np.array(other).reshape(2, 3)
    rows = [joint.Constraint(np.arange(2)[:, None] * np.ones((1, 3)) == r, wanted[r].sum()) for r in range(2)]
    columns = [joint.Constraint(np.ones((2, 1)) * np.arange(3) == c, wanted[:, c].sum()) for c in range(3)]
    found = joint.fit(start, [*rows, *columns])
    np.testing.assert_allclose(found.sum(axis=1), wanted.sum(axis=1), rtol=1e-6)
    np.testing.assert_allclose(found.sum(axis=0), wanted.sum(axis=0), rtol=1e-6)
    ratio = start[0, 0] * start[1, 1] / (start[0, 1] * start[1, 0])
    assert found[0, 0] * found[1, 1] / (found[0, 1] * found[1, 0]) == pytest.approx(ratio, rel=1e-4)


@pytest.mark.parametrize(
    ("counts", "word"), [((1.0, 2.0), "contradict"), ((1.0, 1.0), "cannot be")], ids=["contradiction", "impossible"]
)
def test_counts_that_cannot_hold_are_refused(counts: tuple[float, float], word: str) -> None:
    cells = np.array([True, True])
    start = np.ones(2) if word == "contradict" else np.zeros(2)
    with pytest.raises(ValueError, match=word):
        joint.fit(start, [joint.Constraint(cells, count) for count in counts])


@pytest.mark.slow
def test_clips_are_drawn_as_often_as_the_mix_says() -> None:
    specs = [draw_spec(seed) for seed in range(4_000)]
    for values, axes, name in ((WEATHERS, (1, 2), "weather"), (SCENES, (0, 2), "scene"), (TIMES, (0, 1), "timeofday")):
        shares = joint.bdd100k().sum(axis=axes)
        found = np.array([sum(getattr(spec, name) == value for spec in specs) for value in values]) / len(specs)
        np.testing.assert_allclose(found, shares, atol=4 * np.sqrt(0.25 / len(specs)))
    for label in set(CLASSES) - {"rider", "bicycle", "motorcycle", "car"}:
        share = sum(label in spec.cast for spec in specs) / len(specs)
        assert share == pytest.approx(PRESENCE[label], abs=0.035)


@pytest.mark.parametrize("mix", [BDD100K, EVEN], ids=["bdd100k", "even"])
def test_a_scene_has_only_what_it_can_have_and_a_rider_something_to_ride(mix: object) -> None:
    for seed in range(500):
        spec = draw_spec(seed, mix)
        assert not set(spec.cast) & NOT_IN.get(spec.scene, frozenset())
        assert "rider" not in spec.cast or {"bicycle", "motorcycle"} & set(spec.cast)
        assert spec == draw_spec(seed, mix)
