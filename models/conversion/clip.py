"""A CLIP file of two towers made into a network of pictures alone: the texts of models/prompts.py are built in.

The published graph takes `input_ids` and `attention_mask` [T, 77] beside `pixel_values`, and gives the likeness of each
picture to each text, `logits_per_image` [N, T]. With the texts as constants onnxruntime computes their tower once, when
it opens the file. The likenesses are split by what their texts tell of: one output of logits for each role of PROMPTS.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from models.conversion.opening import opened
from models.errors import NetworkError
from models.manifest import Network
from models.prompts import PROMPTS, token_ids

TEXTS = ("input_ids", "attention_mask")
LIKENESS = "logits_per_image"


def converted(network: Network, original: Path) -> bytes:
    """Return the network with the texts built in; a file of another interface raises NetworkError."""
    model = opened(network, str(original))
    graph = model.graph
    inputs, outputs = ({tensor.name for tensor in side} for side in (graph.input, graph.output))
    wanted = {*TEXTS, network.input.name}
    if inputs != wanted or LIKENESS not in outputs:
        why = f"it takes {', '.join(sorted(inputs))} and gives {', '.join(sorted(outputs))}, not as a CLIP does"
        raise NetworkError(f"network {network.name}", why, "check `converted` in its table of the manifest")
    ids, mask = token_ids(text for prompts in PROMPTS.values() for text in prompts)
    for name, values in zip(TEXTS, (ids, mask), strict=True):
        graph.initializer.append(numpy_helper.from_array(np.asarray(values, np.int64), name))
    kept = [tensor for tensor in graph.input if tensor.name not in TEXTS]
    del graph.input[:]
    graph.input.extend(kept)
    sizes = numpy_helper.from_array(np.array([len(one) for one in PROMPTS.values()], np.int64), "texts_of_roles")
    graph.initializer.append(sizes)
    graph.node.append(helper.make_node("Split", [LIKENESS, sizes.name], list(PROMPTS), axis=1))
    told = [tensor for tensor in graph.output if tensor.name in network.outputs]
    del graph.output[:]
    graph.output.extend(told)
    graph.output.extend(
        helper.make_tensor_value_info(role, TensorProto.FLOAT, ["batch", len(prompts)])
        for role, prompts in PROMPTS.items()
    )
    del graph.value_info[:]
    content: bytes = model.SerializeToString(deterministic=True)
    return content
