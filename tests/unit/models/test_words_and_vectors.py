"""Classifiers give one word, embedding networks one vector of unit length; what is neither is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.embedding import WIDTH, first_token, projection, unit
from models.errors import AnswerError
from models.labels import LABEL_SETS
from models.words import likeliest, scores_of, softmax

logits = arrays(np.float64, (3, 7), elements=st.floats(-500, 500))


@given(logits, st.floats(-100, 100))
def test_probabilities_sum_to_one_whatever_is_added_to_all_logits(given_logits: np.ndarray, shift: float) -> None:
    probabilities = softmax(given_logits)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    np.testing.assert_allclose(softmax(given_logits + shift), probabilities, atol=1e-9)


@pytest.mark.parametrize(
    ("probabilities", "score_min", "told"),
    [
        ((0.1, 0.5, 0.2, 0.2), 0.3, "night"),
        ((0.3, 0.3, 0.4, 0.0), 0.5, "day"),  # the two classes of day are added up
        ((0.3, 0.3, 0.4, 0.0), 0.8, "unknown"),
        ((0.1, 0.2, 0.1, 0.6), 0.3, "unknown"),  # the class that stands for nothing
        ((0.25, 0.5, 0.25, 0.0), 0.3, "day"),  # equally probable: the first
    ],
)
def test_a_word_is_the_most_probable_of_those_that_the_classes_stand_for(
    probabilities: tuple[float, ...], score_min: float, told: str
) -> None:
    assert likeliest(np.array([probabilities] * 2), ("day", "night", "day", None), score_min) == [told] * 2


def test_365_places_are_16_groups_and_a_street() -> None:
    words = LABEL_SETS["places365_groups"]
    assert len(words) == 365 and len(set(words)) == 17
    assert likeliest(softmax(np.eye(365)[[158, 4]] * 9), words, 0.3) == ["gas", "alley"]
    assert likeliest(np.full((1, 365), 1 / 365), words, 0.3) == ["street"]


@pytest.mark.parametrize(
    ("raw", "told"), [(np.zeros(6), "the label set has 7 classes"), (np.full(7, np.nan), "not finite")]
)
def test_scores_that_cannot_be_words_are_an_error(raw: np.ndarray, told: str) -> None:
    with pytest.raises(AnswerError, match=told):
        scores_of({"logits": raw.astype(np.float32)[None]}, 7)


@settings(deadline=None)  # the first of a width makes its projection
@given(st.sampled_from([2, 64, 65, 384, 1280]), st.integers(0, 99), st.floats(0.1, 10))
def test_an_embedding_has_unit_length_at_most_64_values_and_forgets_its_scale(
    width: int, seed: int, scale: float
) -> None:
    raw = np.random.default_rng(seed).normal(size=width).astype(np.float32)
    vector = np.frombuffer(unit({"embedding": raw[None]})[0], "<f4")
    assert vector.size == min(width, WIDTH)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(
        np.frombuffer(unit({"embedding": raw[None] * np.float32(scale)})[0], "<f4"), vector, atol=2e-4
    )


@pytest.mark.parametrize("width", [384, 1280])
def test_the_projection_is_orthogonal_and_always_the_same(width: int) -> None:
    first = projection(width)
    np.testing.assert_allclose(first.T @ first, np.eye(WIDTH), atol=1e-12)
    projection.cache_clear()
    np.testing.assert_array_equal(projection(width), first)


@settings(deadline=None)
@given(st.integers(0, 99), st.floats(0.0, 0.1))
def test_near_stays_near_and_unrelated_stays_far(seed: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=(2, 1280))
    near = one + noise * rng.normal(size=1280)
    one_v, other_v, near_v = (np.frombuffer(unit({"e": raw[None]})[0], "<f4") for raw in (one, other, near))
    assert one_v @ near_v > 0.97 and abs(one_v @ other_v) < 0.6


@pytest.mark.parametrize(
    ("raw", "told"),
    [(np.zeros(64), "without length"), (np.full(64, np.nan), "not finite"), (np.full(9, np.inf), "not")],
)
def test_a_vector_without_direction_is_an_error(raw: np.ndarray, told: str) -> None:
    with pytest.raises(AnswerError, match=told):
        unit({"embedding": raw[None]})[0]


def test_the_first_token_stands_for_the_picture() -> None:
    raw = np.random.default_rng(1).normal(size=(2, 257, 384)).astype(np.float32)
    assert first_token({"hidden": raw}) == unit({"hidden": raw[:, 0]})
    with pytest.raises(AnswerError, match=r"not \[N, T, D\]"):
        first_token({"hidden": raw[0]})
