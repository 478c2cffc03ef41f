"""A network made to take pixels as they are decoded, before an accelerator opens it: it does the arithmetic itself.

A picture of 640x384 px is .7 MB then, to be written and copied there, in the place of 2.9 of numbers of 32 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from models.manifest import InputContract


def take_decoded(model: ModelProto, contract: InputContract) -> InputContract:
    """Let the input be pixels as decoded; return its contract.

    What the network did with its input it does with numbers that are made of the pixels as models/slots.py makes them.
    An input that is not as its contract says, or that takes such pixels already, stays.
    """
    graph, name = model.graph, f"{contract.name}.pixels"
    for given in graph.input:
        sides = [side.dim_param or side.dim_value for side in given.type.tensor_type.shape.dim]
        of_numbers = given.type.tensor_type.elem_type == TensorProto.FLOAT and contract.dtype == "float32"
        if given.name == contract.name and of_numbers and len(sides) == 4:
            given.CopyFrom(helper.make_tensor_value_info(name, TensorProto.UINT8, _channels_last(sides, contract)))
            _lead_in(graph, name, contract)
            shape, plain = _channels_last(contract.shape, contract), {"mean": (0, 0, 0), "std": (1, 1, 1)}
            changes = {"name": name, "shape": tuple(shape), "dtype": "uint8", "colour": "bgr", **plain}
            return contract.model_copy(update=changes)
    return contract


def _channels_last(sides: Sequence[Any], contract: InputContract) -> Sequence[Any]:
    return [sides[0], sides[2], sides[3], sides[1]] if contract.channels_first else sides


def _lead_in(graph: Any, name: str, contract: InputContract) -> None:
    """Make the tensor of the contract's name of the pixels called `name`."""
    steps: list[tuple[str, list[str], dict[str, Any]]] = []
    if contract.colour == "rgb":
        steps.append(("Gather", [_constant(graph, f"{name}.order", [2, 1, 0], np.int64)], {"axis": 3}))
    steps.append(("Cast", [], {"to": TensorProto.FLOAT}))
    if any(contract.mean):
        steps.append(("Sub", [_constant(graph, f"{name}.mean", contract.mean, np.float32)], {}))
    if any(deviation != 1 for deviation in contract.std):
        steps.append(("Div", [_constant(graph, f"{name}.std", contract.std, np.float32)], {}))
    if contract.channels_first:
        steps.append(("Transpose", [], {"perm": [0, 3, 1, 2]}))
    nodes, last = list[NodeProto](), name
    for place, (operator, more, attributes) in enumerate(steps, 1):
        made = contract.name if place == len(steps) else f"{name}.{place}"
        nodes.append(helper.make_node(operator, [last, *more], [made], **attributes))
        last = made
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *rest])


def _constant(graph: Any, name: str, values: Any, dtype: type) -> str:
    graph.initializer.append(numpy_helper.from_array(np.array(values, dtype), name))
    return name
