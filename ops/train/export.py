"""Write trained weights as the ONNX file that ships, and hold it against the network it came from.

    python -m ops.train.export WEIGHTS.pt roadsieve_small.onnx

`images` uint8 [N, H, W, 3], blue first -> `cells` [N, A, 15] as YOLOX gives them (objectness is the best class score,
class scores are relative to it), `weather`, `scene`, `timeofday` logits, `embedding` [N, 64] of unit length.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from ops.train.network import WORDS, SmallNetwork

OUTPUTS = ("cells", *WORDS, "embedding")
OPSET = 17
MOST_BYTES = 5_000_000
LARGEST_DIFFERENCE = 2e-3


class Shipped(nn.Module):
    """The network as its users meet it: pixels as a decoder gives them, scores as the YOLOX decoder reads them."""

    def __init__(self, network: SmallNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return what OUTPUTS names, for images uint8 [N, H, W, 3]."""
        raw, words, embedding = self.network(images.permute(0, 3, 1, 2).float())
        scores = raw[..., 4:].sigmoid()
        best = scores.amax(-1, keepdim=True)
        cells = torch.cat([raw[..., :2], raw[..., 2:4].clamp(-4, 5), best, scores / best.clamp(min=1e-9)], -1)
        return cells, *(words[name] for name in WORDS), embedding


def export(weights: Path, file: Path) -> float:
    """Write the ONNX file; return by how much it differs at most from the network, SystemExit where by too much."""
    network = SmallNetwork()
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    shipped = Shipped(network).eval()
    example = torch.randint(0, 256, (2, 256, 416, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    names: dict[str, dict[int, str]] = {"images": {0: "batch", 1: "height", 2: "width"}}
    names |= {name: {0: "batch"} for name in OUTPUTS} | {"cells": {0: "batch", 1: "cells"}}
    torch.onnx.export(
        shipped, (example,), str(file), input_names=["images"], output_names=list(OUTPUTS), dynamic_axes=names,
        opset_version=OPSET, dynamo=False,
    )  # fmt: skip
    model = onnx.load(str(file))
    for node in model.graph.node:
        node.doc_string = ""  # the exporter writes paths of its machine there
    onnx.save(model, str(file))
    worst = max(_difference(shipped, file, size) for size in ((1, 256, 416), (3, 288, 512), (2, 384, 640)))
    if worst > LARGEST_DIFFERENCE or file.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{file}: differs by {worst:.1e}, {file.stat().st_size} bytes")
    return worst


def _difference(shipped: Shipped, file: Path, shape_nhw: tuple[int, int, int]) -> float:
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    images = torch.randint(0, 256, (*shape_nhw, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        wanted = shipped(images)
    given = session.run(list(OUTPUTS), {"images": images.numpy()})
    return max(float((torch.from_numpy(a) - b).abs().max()) for a, b in zip(given, wanted, strict=True))


def main() -> None:
    """Export, and print what the manifest must say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("weights", type=Path)
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    worst = export(asked.weights, asked.file)
    content = asked.file.read_bytes()
    print(f'largest difference {worst:.1e}\nsha256 = "{hashlib.sha256(content).hexdigest()}"')
    print(f"size_bytes = {len(content)}")


if __name__ == "__main__":
    main()
