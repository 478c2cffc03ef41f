"""A ResNet-18 (arXiv 1512.03385, its layout as torchvision names it) built from the weights that PyTorch wrote.

Batch normalisation is folded into the convolutions before it. Names may begin with what trainers put there: `module.`
(data parallel), `backbone.` and `head.` (mmcls).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from models.conversion.torch_weights import read_weights
from models.errors import NetworkError
from models.manifest import Network

OPSET, IR_VERSION = 17, 8
EPSILON = 1e-5
CHANNELS = (64, 128, 256, 512)
_PREFIX = re.compile(r"^(?:module\.|backbone\.|head\.)+")
Weights = Mapping[str, NDArray[np.float32]]


def converted(network: Network, original: Path) -> bytes:
    """Return the network as ONNX; weights of another network raise NetworkError."""
    weights = {_PREFIX.sub("", name): value for name, value in read_weights(network, original).items()}
    build = _Build(weights)
    try:
        logits = _layers(build, network.input.name)
    except (KeyError, ValueError) as error:
        why = f"its weights are not those of a ResNet-18: {error}"
        raise NetworkError(f"network {network.name}", why, "check `converted` in its table of the manifest") from error
    (output,) = network.outputs
    build.nodes.append(helper.make_node("Identity", [logits], [output]))
    classes = weights["fc.weight"].shape[0]
    graph = helper.make_graph(
        build.nodes,
        "resnet18",
        [helper.make_tensor_value_info(network.input.name, TensorProto.FLOAT, ["batch", 3, "height", "width"])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", classes])],
        build.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


class _Build:
    """Collect nodes and constants."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, name: str, value: NDArray[np.float32]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
        return name

    def convolution(self, before: str, conv: str, norm: str, shape: tuple[int, ...], stride: int) -> str:
        """Add a convolution with the normalisation after it: y = (x - mean) * weight / sqrt(var + e) + bias."""
        kernel = self.weights[f"{conv}.weight"]
        if kernel.shape != shape:
            raise ValueError(f"{conv}.weight is {kernel.shape} instead of {shape}")
        weight, bias, mean, var = (
            self.weights[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = weight / np.sqrt(var + EPSILON)
        folded = self.constant(f"{conv}.weight", (kernel * scale[:, None, None, None]).astype(np.float32))
        shift = self.constant(f"{conv}.bias", (bias - mean * scale).astype(np.float32))
        side = shape[2]
        attributes = {"kernel_shape": [side, side], "strides": [stride, stride], "pads": [side // 2] * 4}
        return self.op("Conv", before, folded, shift, **attributes)


def _layers(build: _Build, images: str) -> str:
    """Add all layers; return the name of the logits."""
    now = build.op("Relu", build.convolution(images, "conv1", "bn1", (64, 3, 7, 7), 2))
    now = build.op("MaxPool", now, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    before = 64
    for stage, channels in enumerate(CHANNELS, start=1):
        for block in range(2):
            name, stride = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            inner = build.convolution(now, f"{name}.conv1", f"{name}.bn1", (channels, before, 3, 3), stride)
            inner = build.convolution(
                build.op("Relu", inner), f"{name}.conv2", f"{name}.bn2", (channels, channels, 3, 3), 1
            )
            beside = now
            if stride == 2:
                down = f"{name}.downsample"
                beside = build.convolution(now, f"{down}.0", f"{down}.1", (channels, before, 1, 1), 2)
            now, before = build.op("Relu", build.op("Add", inner, beside)), channels
    pooled = build.op("Flatten", build.op("GlobalAveragePool", now), axis=1)
    weight = build.constant("fc.weight", build.weights["fc.weight"])
    return build.op("Gemm", pooled, weight, build.constant("fc.bias", build.weights["fc.bias"]), transB=1)
