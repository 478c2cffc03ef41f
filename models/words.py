"""What a classifier gives, as one word: the most probable of the words that its classes stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.errors import AnswerError

UNKNOWN = "unknown"


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities [C] of logits [C]."""
    powers = np.exp(logits - logits.max())
    shares: NDArray[np.float64] = powers / powers.sum()
    return shares


def as_they_are(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities [C] of a network that gives them itself."""
    return probabilities


def likeliest(probabilities: NDArray[np.float64], words: Sequence[str | None], score_min: float) -> str:
    """Return the word of the largest summed probability [C], `unknown` for None and below score_min.

    Classes that stand for one word are added up. Of equally probable words the first.
    """
    summed: dict[str, float] = {}
    for word, probability in zip(words, probabilities.tolist(), strict=True):
        summed[word or UNKNOWN] = summed.get(word or UNKNOWN, 0.0) + probability
    best = max(summed, key=summed.__getitem__)
    return best if summed[best] >= score_min else UNKNOWN


def scores_of(outputs: Mapping[str, NDArray[np.float32]], classes: int) -> NDArray[np.float64]:
    """Return the one output of a picture as [C]; AnswerError where it is not finite or has another size."""
    (raw,) = outputs.values()
    if raw.size != classes:
        why = f"the label set has {classes} classes"
        raise AnswerError(f"output of shape {raw.shape}", why, "check the labels that the manifest names")
    if not np.isfinite(raw).all():
        raise AnswerError("class scores of a picture", "not finite", "check the picture and the network's precision")
    return raw.reshape(-1).astype(np.float64)
