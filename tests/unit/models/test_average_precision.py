"""The scoring rule by small examples worked out by hand, and its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.average_precision import ClassInPicture, area_under_precision, average_precision

NONE = np.zeros((0, 4))


def picture(predictions: list[tuple[float, int]], truths: list[int], ignored: list[int] = ()) -> ClassInPicture:
    """Place boxes of 10x10 px by their left side."""
    return ClassInPicture(
        np.array([[x, 0, x + 10, 10] for _, x in predictions], np.float64).reshape(-1, 4),
        np.array([score for score, _ in predictions], np.float64),
        np.array([[x, 0, x + 10, 10] for x in truths], np.float64).reshape(-1, 4),
        np.array([[x, 0, x + 10, 10] for x in ignored], np.float64).reshape(-1, 4),
    )


@pytest.mark.parametrize(
    ("pictures", "expected"),
    [
        ([picture([], [])], None),
        ([picture([(0.9, 0)], [])], None),
        ([picture([], [0])], 0.0),
        ([picture([(0.9, 0)], [0])], 1.0),
        ([picture([(0.9, 3)], [0])], 1.0),  # IoU 7/13
        ([picture([(0.9, 4)], [0])], 0.0),  # IoU 6/14
        ([picture([(0.9, 50), (0.8, 0)], [0])], 0.5),  # a miss before the hit
        ([picture([(0.9, 0), (0.8, 50)], [0])], 1.0),  # a miss after the last hit costs nothing
        ([picture([(0.9, 0), (0.8, 1)], [0])], 1.0),  # found twice: the second is a miss
        ([picture([(0.9, 1), (0.8, 0)], [0, 100])], 0.5),
        ([picture([(0.9, 0)], [0]), picture([(0.95, 0)], [50])], 0.25),  # the better score misses in another picture
        ([picture([(0.9, 0), (0.5, 20)], [0, 20]), picture([(0.7, 90)], [])], 0.5 + 0.5 * 2 / 3),
        ([picture([(0.9, 50), (0.8, 0)], [0], [51])], 1.0),  # a miss on an ignored box counts as nothing
        ([picture([(0.9, 0), (0.8, 50)], [0, 50], [51])], 1.0),  # a hit stays a hit beside one
    ],
)
def test_ap_by_hand(pictures: list[ClassInPicture], expected: float | None) -> None:
    assert average_precision(pictures) == (None if expected is None else pytest.approx(expected))


def test_a_prediction_takes_the_nearest_truth_that_is_left() -> None:
    crowded = picture([(0.9, 1), (0.8, 1)], [0, 3])
    assert average_precision([crowded]) == 1.0


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(0, 10))
def test_precision_is_the_best_at_that_recall_or_above(hits: list[bool], missed: int) -> None:
    truths = sum(hits) + missed
    if not truths:
        return
    precision = [sum(hits[: place + 1]) / (place + 1) for place in range(len(hits))]
    slow = sum(max(precision[place:]) for place, hit in enumerate(hits) if hit) / truths
    assert area_under_precision(np.array(hits), truths) == pytest.approx(slow)
