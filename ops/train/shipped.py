"""Weights to start from: of an earlier run, or of the file that ships, whose normalisation was folded into it."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from ops.train.network import SmallNetwork


def weights_of(file: Path, pictures: Tensor) -> dict[str, Tensor]:
    """Return the weights of a file of either kind; of an ONNX file those of the convolutions, the rest fresh.

    What export folded is unfolded so that the network gives on `pictures` [N, 3, H, W] what the file gives.
    """
    if file.suffix != ".onnx":
        return dict(torch.load(file, map_location="cpu", weights_only=True))
    network = SmallNetwork().eval()
    graph = onnx.load(str(file)).graph
    values = {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in graph.initializer}
    convolutions = [[values[name] for name in node.input[1:]] for node in graph.node if node.op_type == "Conv"]
    order = _in_order(network, pictures[:1])
    if [one.weight.shape for one in order] != [weight.shape for weight, _ in convolutions]:
        raise SystemExit(f"{file} is of another network than ops/train/network.py: its convolutions differ")
    shift: dict[nn.Module, Tensor] = {}
    for layer, (weight, bias) in zip(order, convolutions, strict=True):
        layer.weight.data.copy_(weight)
        if layer.bias is not None:
            layer.bias.data.copy_(bias)
        shift[layer] = bias
    for block in network.modules():
        if isinstance(block, nn.Sequential) and len(block) > 1 and isinstance(block[1], nn.BatchNorm2d):
            block[1].register_forward_pre_hook(_Unfolded(shift[block[0]]))
    with torch.no_grad():
        network.cells(pictures)
    return network.state_dict()


class _Unfolded:
    """Set a normalisation, when it first sees features, so that all it does to them is to add a shift."""

    def __init__(self, shift: Tensor) -> None:
        self._shift = shift

    def __call__(self, norm: nn.Module, given: tuple[Tensor]) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        variance, mean = torch.var_mean(given[0], (0, 2, 3))
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.data.copy_((variance + norm.eps).sqrt())
        norm.bias.data.copy_(self._shift + mean)


def _in_order(network: SmallNetwork, picture: Tensor) -> list[nn.Conv2d]:
    """Return the convolutions in the order in which they work."""
    order: list[nn.Conv2d] = []
    hooks = [
        one.register_forward_hook(lambda layer, *_: order.append(layer))
        for one in network.modules()
        if isinstance(one, nn.Conv2d)
    ]
    with torch.no_grad():
        network.cells(picture)
    for hook in hooks:
        hook.remove()
    return order
