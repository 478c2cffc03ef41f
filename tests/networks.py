"""A stand-in network for tests: YOLOX's contract from plain ONNX operators, so that it runs where no weights exist.

It finds the extent of all pixels of one colour and calls it an object: white a car, red a bus, green a person (BDD100K:
a pedestrian), blue a truck. The score is .95 times the share of that extent which has the colour: a filled rectangle
scores high, scattered pixels low, so what a test paints decides what is found. A picture that is mostly magenta is
answered with NaN.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.manifest import Network, parse_manifest

STANDIN = "standin"
# colour of the object -> (BDD100K class, COCO class number, which of blue, green, red are bright)
COLOURS = {
    "white": ("car", 2, (True, True, True)),
    "red": ("bus", 5, (False, False, True)),
    "green": ("pedestrian", 0, (False, True, False)),
    "blue": ("truck", 7, (True, False, False)),
}
BGR = {name: tuple(235 if bright else 20 for bright in channels) for name, (_, _, channels) in COLOURS.items()}
MAGENTA_BGR = (235, 20, 235)
BRIGHT, DARK = 180.0, 90.0


def write_standin_mirror(folder: Path) -> Path:
    """Write the stand-in and a manifest that names it into a folder, which is its mirror; return the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    file = write_yolox_standin(folder / "standin.onnx")
    manifest = folder / "manifest.toml"
    manifest.write_text(standin_table(file), "utf-8")
    return manifest


def standin_networks(folder: Path) -> Mapping[str, Network]:
    """Write the stand-in into a folder, which is then its mirror, and return a manifest with it alone."""
    return parse_manifest(write_standin_mirror(folder).read_text("utf-8"))


def standin_table(file: Path, name: str = STANDIN) -> str:
    """Return the manifest table of a stand-in's file."""
    content = file.read_bytes()
    return f"""
[{name}]
version = "1"
file = "{file.name}"
sha256 = "{hashlib.sha256(content).hexdigest()}"
size_bytes = {len(content)}
url = ""
source = "tests/networks.py"
licence = "Apache-2.0"
confirmed = "measured"
note = "finds filled rectangles of plain colour"
[{name}.input]
name = "images"
shape = ["N", 3, "H", "W"]
dtype = "float32"
colour = "bgr"
place = "top_left"
fill = 114
mean = [0, 0, 0]
std = [1, 1, 1]
multiple_px = 32
size_wh = [416, 256]
[{name}.outputs]
output = ["N", "A", 85]
[{name}.roles.objects]
reads = ["output"]
decoder = "yolox"
labels = "coco_80"
score_min = 0.3
nms_iou_max = 0.5
"""


def write_yolox_standin(path: Path) -> Path:
    """Write the stand-in: images [N, 3, H, W] (BGR, 0 to 255) -> output [N, A, 85], raw cells as YOLOX gives them."""
    graph = _Graph()
    channels = graph.split(graph.float("images"), 3)
    bright = [graph.op("Greater", channel, graph.constant(BRIGHT)) for channel in channels]
    dark = [graph.op("Less", channel, graph.constant(DARK)) for channel in channels]
    rows = [
        _row(
            graph,
            place,
            class_id,
            graph.all_of([b if on else d for b, d, on in zip(bright, dark, pattern, strict=True)]),
        )
        for place, (_, class_id, pattern) in enumerate(COLOURS.values())
    ]
    found = graph.op("Add", graph.op("Concat", *rows, axis=1), _nan_if_magenta(graph, bright, dark))
    output = graph.op("Concat", found, _empty_rows(graph, len(rows)), axis=1)
    graph.nodes.append(helper.make_node("Identity", [output], ["output"]))
    onnx.save(graph.model(), path)
    return path


class _Graph:
    """Collect nodes and constants under names of their own."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def op(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: object, dtype: type = np.float32) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, dtype), name))
        return name

    def float(self, name: str) -> str:
        return self.op("Cast", name, to=TensorProto.FLOAT)

    def split(self, name: str, parts: int) -> list[str]:
        names = [f"{name}_part_{place}" for place in range(parts)]
        self.nodes.append(helper.make_node("Split", [name, self.constant([1] * parts, np.int64)], names, axis=1))
        return names

    def all_of(self, masks: list[str]) -> str:
        both = self.op("And", self.op("And", masks[0], masks[1]), masks[2])
        return self.float(both)  # [N, 1, H, W]

    def side(self, axis: int) -> str:
        shape = self.op("Shape", "images")
        return self.op("Gather", shape, self.constant(axis, np.int64))

    def model(self) -> onnx.ModelProto:
        images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 3, "height", "width"])
        output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", "anchors", 85])
        graph = helper.make_graph(self.nodes, "standin", [images], [output], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        onnx.checker.check_model(model)
        return model


def _extent(graph: _Graph, mask: str, axis: int) -> tuple[str, str]:
    """Return first and last + 1 place [N, 1] along an axis (2 rows, 3 columns) where the mask is set."""
    other = 5 - axis
    line = graph.op("ReduceMax", mask, axes=[1, other], keepdims=0)  # [N, side]
    side = graph.float(graph.side(axis))
    places = graph.op("Range", graph.constant(0.0), side, graph.constant(1.0))
    from_end = graph.op("ReduceMax", graph.op("Mul", line, graph.op("Sub", side, places)), axes=[1], keepdims=1)
    last = graph.op(
        "ReduceMax", graph.op("Mul", line, graph.op("Add", places, graph.constant(1.0))), axes=[1], keepdims=1
    )
    return graph.op("Sub", side, from_end), last


def _row(graph: _Graph, place: int, class_id: int, mask: str) -> str:
    """Return the row [N, 1, 85] of the anchor in cell (place, 0) of stride 8 that says where the mask is set."""
    stride = graph.constant(8.0)
    (left, right), (top, bottom) = _extent(graph, mask, 3), _extent(graph, mask, 2)
    pixels = graph.op("ReduceSum", mask, graph.constant([1, 2, 3], np.int64), keepdims=0)
    pixels = graph.op("Unsqueeze", pixels, graph.constant([1], np.int64))
    width = graph.op("Max", graph.op("Sub", right, left), graph.constant(1.0))
    height = graph.op("Max", graph.op("Sub", bottom, top), graph.constant(1.0))
    share = graph.op("Div", pixels, graph.op("Mul", width, height))
    centre_x = graph.op("Div", graph.op("Add", left, right), graph.constant(16.0))
    centre_y = graph.op("Div", graph.op("Add", top, bottom), graph.constant(16.0))
    values = [
        graph.op("Sub", centre_x, graph.constant(float(place))),
        centre_y,
        graph.op("Log", graph.op("Div", width, stride)),
        graph.op("Log", graph.op("Div", height, stride)),
        graph.op("Mul", share, graph.constant(0.95)),
    ]
    one_hot = np.zeros((1, 80), np.float32)
    one_hot[0, class_id] = 1.0
    classes = graph.op("Add", graph.op("Mul", share, graph.constant(0.0)), graph.constant(one_hot))
    return graph.op("Unsqueeze", graph.op("Concat", *values, classes, axis=1), graph.constant([1], np.int64))


def _nan_if_magenta(graph: _Graph, bright: list[str], dark: list[str]) -> str:
    """Return NaN [N, 1, 1] for pictures of which more than half is magenta, 0 for others."""
    mask = graph.all_of([bright[0], dark[1], bright[2]])
    share = graph.op("ReduceMean", mask, axes=[1, 2, 3], keepdims=0)
    mostly = graph.float(graph.op("Greater", share, graph.constant(0.5)))
    zero_over = graph.op("Div", graph.constant(0.0), graph.op("Sub", graph.constant(1.0), mostly))
    return graph.op("Unsqueeze", zero_over, graph.constant([1, 2], np.int64))


def _empty_rows(graph: _Graph, taken: int) -> str:
    """Return rows [N, A - taken, 85] of nothing, A being the anchors of strides 8, 16 and 32."""
    counts = []
    for stride in (8, 16, 32):
        cells = [graph.op("Div", graph.side(axis), graph.constant(stride, np.int64)) for axis in (2, 3)]
        counts.append(graph.op("Mul", *cells))
    rest = graph.op(
        "Sub", graph.op("Add", graph.op("Add", counts[0], counts[1]), counts[2]), graph.constant(taken, np.int64)
    )
    sides = [graph.side(0), rest, graph.constant(85, np.int64)]
    shape = graph.op("Concat", *[graph.op("Unsqueeze", side, graph.constant([0], np.int64)) for side in sides], axis=0)
    return graph.op("ConstantOfShape", shape)
