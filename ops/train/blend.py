"""Average the weights of two runs of which one went on from the other: often better than both (arXiv 2203.05482).

    python -m ops.train.blend ONE.pt OTHER.pt BLEND.pt

Words and embedding are to be learnt anew on it (`ops.train.glance`): they know what one backbone tells.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor


def blended(one: dict[str, Tensor], other: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the mean of both, and whole numbers of the other, which count its steps."""
    return {
        name: (weights + one[name]) / 2 if weights.dtype.is_floating_point else weights
        for name, weights in other.items()
    }


def main() -> None:
    """Write the average."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    for name in ("one", "other", "blend"):
        parser.add_argument(name, type=Path)
    asked = parser.parse_args()
    one, other = (torch.load(file, map_location="cpu", weights_only=True) for file in (asked.one, asked.other))
    torch.save(blended(one, other), asked.blend)


if __name__ == "__main__":
    main()
