"""A YOLOX network made to tell its best cells alone, before an accelerator opens it: to copy and read all costs more.

Of a picture's 2,184 cells at 416x256 px a hundred or so hold something. All of them would be copied to this process,
131 kB a picture of roadsieve_small, and looked through by one interpreter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, TensorProto, helper, numpy_helper

from models.manifest import Network
from models.yolox import OBJECTNESS, anchor_cells, anchors_of

MOST = 512
"""Told of a picture at most; from a score of .3 on, rendered streets have 64 in the mean."""
OPSET_MIN = 11
"""What has the nodes that are added; an older file is left to tell all."""
STEPS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], dict[str, Any]], ...] = (
    ("Gather", ("all", "column"), ("objectness",), {"axis": 2}),
    ("IsNaN", ("objectness",), ("broken",), {}),
    ("Where", ("broken", "highest", "objectness"), ("order",), {}),
    ("TopK", ("order", "most"), ("best", "anchors"), {"axis": 1}),
    ("Reshape", ("anchors", "upright"), ("rows",), {}),
    ("Expand", ("rows", "wide"), ("places",), {}),
    ("GatherElements", ("all", "places"), ("",), {"axis": 1}),
)


def tell_best(model: ModelProto, network: Network, size_wh: tuple[int, int]) -> None:
    """Let outputs of cells [N, A, W] be [N, most, W], by falling objectness, for pictures of size_wh px.

    A further output of each (anchors_of) [N, most] says which of the A they are. An objectness that is no number counts
    as the highest, so that who reads the cells meets it. Outputs of another form stay as they are.
    """
    opsets = [one.version for one in model.opset_import if one.domain in ("", "ai.onnx")]
    if max(opsets, default=0) < OPSET_MIN:
        return
    graph, most = model.graph, min(MOST, len(anchor_cells(size_wh)[0]))
    of_cells = {name for role in network.roles.values() if role.decoder == "yolox" for name in role.reads}
    for output in [one for one in graph.output if one.name in of_cells]:
        name = output.name
        match network.outputs[name]:
            case (_, str(), int(width)):
                _add_steps(graph, name, most, width)
                output.CopyFrom(helper.make_tensor_value_info(name, TensorProto.FLOAT, (None, most, width)))
                graph.output.append(helper.make_tensor_value_info(anchors_of(name), TensorProto.INT64, (None, most)))


def _add_steps(graph: GraphProto, name: str, most: int, width: int) -> None:
    """Let the tensor `name` be made from what it was by STEPS, whose tensors are called after it."""
    for node in graph.node:
        for side in (node.input, node.output):
            side[:] = [f"{name}.all" if tensor == name else tensor for tensor in side]
    constants: dict[str, NDArray[Any]] = {
        "column": np.array(OBJECTNESS, np.int64),
        "highest": np.array(np.inf, np.float32),
        "most": np.array([most], np.int64),
        "upright": np.array([0, most, 1], np.int64),
        "wide": np.array([1, 1, width], np.int64),
    }
    for part, values in constants.items():
        graph.initializer.append(numpy_helper.from_array(values, f"{name}.{part}"))
    for operator, given, made, attributes in STEPS:
        inputs, outputs = ([f"{name}.{part}" if part else name for part in side] for side in (given, made))
        graph.node.append(helper.make_node(operator, inputs, outputs, **attributes))
