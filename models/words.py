"""What a classifier gives, as one word a picture: the most probable of the words that its classes stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.errors import AnswerError

UNKNOWN = "unknown"


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities [N, C] of logits [N, C]."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def as_they_are(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities [N, C] of a network that gives them itself."""
    return probabilities


def likeliest(probabilities: NDArray[np.float64], words: Sequence[str | None], score_min: float) -> list[str]:
    """Return the word of the largest summed probability of each picture [N, C], `unknown` for None and below score_min.

    Classes that stand for one word are added up. Of equally probable words the first.
    """
    known, order, begins = _by_word(tuple(words))
    summed = np.add.reduceat(probabilities[:, order], begins, axis=1)
    best = summed.argmax(axis=1)
    sure = summed[np.arange(len(best)), best] >= score_min
    return [known[word] if is_sure else UNKNOWN for word, is_sure in zip(best.tolist(), sure.tolist(), strict=True)]


@lru_cache(maxsize=32)
def _by_word(words: tuple[str | None, ...]) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """Return the words, each once, the classes [C] gathered by word, and where among them each word begins."""
    known = list(dict.fromkeys(word or UNKNOWN for word in words))
    word_of = np.array([known.index(word or UNKNOWN) for word in words])
    order = np.argsort(word_of, kind="stable")
    return known, order, np.searchsorted(word_of[order], np.arange(len(known)))


def scores_of(outputs: Mapping[str, NDArray[np.float32]], classes: int) -> NDArray[np.float64]:
    """Return the one output of a batch as [N, C]; AnswerError where it is not finite or has another size."""
    (raw,) = outputs.values()
    if raw.size != len(raw) * classes:
        why = f"the label set has {classes} classes"
        raise AnswerError(f"output of shape {raw.shape}", why, "check the labels that the manifest names")
    if not np.isfinite(raw).all():
        raise AnswerError("class scores of a picture", "not finite", "check the picture and the network's precision")
    return raw.reshape(len(raw), classes).astype(np.float64)
