"""A stand-in network of two roles for tests: an embedding and the time of day, from the mean colour of the picture.

It answers how far red, green and blue are above dark, and 0: a red picture is daytime, a green one night, a blue one
dawn/dusk, a dark one unknown.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TABLE = """
[words]
version = "3"
file = "words.onnx"
sha256 = "{sha256}"
size_bytes = {size}
url = ""
source = "tests"
licence = "Apache-2.0"
confirmed = "measured"
note = ""
[words.input]
name = "pixels"
shape = ["N", 8, 8, 3]
dtype = "uint8"
colour = "rgb"
place = "stretch"
fill = 0
mean = [0, 0, 0]
std = [1, 1, 1]
multiple_px = 8
size_wh = [8, 8]
[words.outputs]
mean = ["N", 4]
[words.roles.embedding]
reads = ["mean"]
decoder = "unit"
[words.roles.timeofday]
reads = ["mean"]
decoder = "softmax"
labels = "bdd100k_timeofday"
score_min = 0.4
"""


def write_word_network(folder: Path) -> str:
    """Write the network into a folder, and return its table of a manifest."""
    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", 8, 8, 3])
    mean = helper.make_tensor_value_info("mean", TensorProto.FLOAT, ["n", 4])
    nodes = [
        helper.make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats"], ["means"], axes=[1, 2], keepdims=0),
        helper.make_node("Sub", ["means", "dark"], ["above"]),
        helper.make_node("Pad", ["above", "one_more"], ["mean"]),
    ]
    dark = numpy_helper.from_array(np.array([10.0], np.float32), "dark")
    one_more = numpy_helper.from_array(np.array([0, 0, 0, 1], np.int64), "one_more")
    graph = helper.make_graph(nodes, "words", [pixels], [mean], [dark, one_more])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, folder / "words.onnx")
    content = (folder / "words.onnx").read_bytes()
    return TABLE.format(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
