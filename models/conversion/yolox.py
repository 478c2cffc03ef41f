"""A YOLOX file of one batch and one size rewritten to any batch and size; what it answers at its own size is the same.

All that ties a published file to its size are the sides of its input and output, the shapes noted for every step
between, and three Reshape nodes, one for each stride, whose constant shape begins with the batch: there 0 means "as it
was". Worth it because networks of one size are square, and streets are wide: YOLOX-nano has an AP50 of .41 for cars at
640x384 and of .31 at 416x416 (manifest.toml).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from onnx import numpy_helper

from models.conversion.opening import opened
from models.errors import NetworkError
from models.manifest import Network

RESHAPES = 3


def converted(network: Network, original: Path) -> bytes:
    """Return the rewritten network; a file that is no YOLOX raises NetworkError."""
    model = opened(network, str(original))
    graph = model.graph
    constants = {constant.name: constant for constant in graph.initializer}
    names = [node.input[1] for node in graph.node if node.op_type == "Reshape"]
    shapes = [constants[name] for name in names if name in constants]
    values = [numpy_helper.to_array(shape).copy() for shape in shapes]
    if not len(names) == len(values) == RESHAPES or any(len(one) != 3 or one[0] != 1 for one in values):
        why = f"it has {len(names)} Reshape nodes where a YOLOX of one size has {RESHAPES} with a constant batch of 1"
        remedy = "leave out `converted` in its table of the manifest, or name another file"
        raise NetworkError(f"network {network.name}", why, remedy)
    for shape, value in zip(shapes, values, strict=True):
        value[0], value[2] = 0, -1
        shape.CopyFrom(numpy_helper.from_array(value, shape.name))
    _name_sides(graph.input[0], ("batch", None, "height", "width"))
    _name_sides(graph.output[0], ("batch", "anchors", None))
    del graph.value_info[:]
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _name_sides(tensor: Any, names: tuple[str | None, ...]) -> None:
    for side, name in zip(tensor.type.tensor_type.shape.dim, names, strict=True):
        if name:
            side.dim_param = name
