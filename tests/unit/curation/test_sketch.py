"""A sketch keeps the distances of what it stands for, exactly alike on every machine."""

from __future__ import annotations

import numpy as np
import pytest

from app.curation.sketch import WIDTH, distances, sketch, stack


def unit(rng: np.random.Generator, width: int) -> np.ndarray:
    vector = rng.normal(size=width)
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize(("width", "error"), [(16, 0.02), (64, 0.02), (1280, 0.4)])
def test_distances_between_sketches_are_those_between_embeddings(width: int, error: float) -> None:
    rng = np.random.default_rng(1)
    vectors = [unit(rng, width) for _ in range(40)]
    rows = stack([sketch(vector.astype("<f4").tobytes()) for vector in vectors])
    true = np.array([1.0 - float(vector @ vectors[0]) for vector in vectors])
    assert distances(rows, rows[0]) == pytest.approx(true, abs=error)


def test_a_small_distance_stays_small_when_a_wide_embedding_is_folded() -> None:
    rng = np.random.default_rng(2)
    for _ in range(50):
        one = unit(rng, 1280)
        near = one + 0.1 * unit(rng, 1280)
        both = stack([sketch(vector.astype("<f4").tobytes()) for vector in (one, near)])
        assert distances(both, both[0])[1] < 0.02


@pytest.mark.parametrize("odd", [b"", b"abc", np.zeros(8, "<f4").tobytes(), np.array([1, np.nan], "<f4").tobytes()])
def test_what_is_no_embedding_has_no_sketch_and_is_far_from_everything(odd: bytes) -> None:
    assert sketch(odd) == b""
    rows = stack([sketch(odd), sketch(np.ones(WIDTH, "<f4").tobytes())])
    assert distances(rows, rows[1])[0] == 1.0
