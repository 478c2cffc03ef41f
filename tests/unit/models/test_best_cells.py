"""A network that tells its best cells alone, as on an accelerator: what is read of them is what is read of all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from models import yolox
from models.boxes import Detections
from models.conversion import best_cells
from models.errors import AnswerError
from models.fetch import shipped_file
from models.judge import Judge, Placed
from models.letterbox import Letterbox
from models.manifest import Network, shipped_manifest
from models.reading import Judgment, reader
from models.session import Form, Session, open_session
from ops.load.frame import render_frame
from ops.load.spec import EVEN, draw_spec
from tests.networks import STANDIN, standin_networks

SIZE_WH = (416, 256)
ANCHORS = 52 * 32 + 26 * 16 + 13 * 8
WIDTH = 85
OWN = shipped_manifest()["roadsieve_small"]


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return standin_networks(tmp_path)[STANDIN]


def echoing(opset: int = 17) -> onnx.ModelProto:
    """Return a network that gives as cells what it is given."""
    sides = ("n", "a", WIDTH)
    graph = helper.make_graph(
        [helper.make_node("Identity", ["given"], ["output"])],
        "echo",
        [helper.make_tensor_value_info("given", TensorProto.FLOAT, sides)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, sides)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def best_of(network: Network, cells: np.ndarray, opset: int = 17) -> dict[str, np.ndarray]:
    model = echoing(opset)
    best_cells.tell_best(model, network, SIZE_WH)
    runtime = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [one.name for one in runtime.get_outputs()]
    return dict(zip(names, runtime.run(names, {"given": cells}), strict=True))


def drawn(seed: int, pictures: int, share: float) -> np.ndarray:
    """Return cells of which a share may hold something."""
    rng = np.random.default_rng(seed)
    cells = rng.normal(0, 1, (pictures, ANCHORS, WIDTH)).astype(np.float32)
    cells[..., 4] = rng.choice([0.4, 0.6, 0.8], (pictures, ANCHORS)) * (rng.random((pictures, ANCHORS)) < share)
    cells[..., 5:] = rng.choice([0.1, 0.9, 1.0], (pictures, ANCHORS, WIDTH - 5))
    return cells


def rows(found: Detections) -> np.ndarray:
    """Return picture, class, score and box of each in an order of their own."""
    each = np.column_stack([found.pictures, found.class_ids, found.scores, found.boxes_xyxy])
    return each[np.lexsort(each.T)]


def test_of_equal_scores_the_first_comes_first(network: Network) -> None:
    anchors = best_of(network, np.zeros((2, ANCHORS, WIDTH), np.float32))["output.anchors"]
    np.testing.assert_array_equal(anchors, np.tile(np.arange(best_cells.MOST), (2, 1)))


@pytest.mark.parametrize("opset", [11, 13, 17])
@pytest.mark.parametrize(("pictures", "share"), [(1, 0.0), (3, 0.03), (2, 0.2)])
def test_the_same_boxes_are_read_of_the_best_cells(network: Network, opset: int, pictures: int, share: float) -> None:
    cells = drawn(3, pictures, share)
    best = best_of(network, cells, opset)
    assert best["output"].shape == (pictures, best_cells.MOST, WIDTH)
    want, got = (rows(yolox.decode(some, SIZE_WH, 0.3)) for some in ({"output": cells}, best))
    assert len(want) or not share
    np.testing.assert_array_equal(got, want)


def test_of_more_cells_than_are_told_the_best_are(network: Network) -> None:
    cells = drawn(4, 2, 1.0)
    cells[..., 4] = np.random.default_rng(4).permuted(np.tile(np.linspace(0.31, 0.99, ANCHORS), (2, 1)), axis=1)
    told = best_of(network, cells)
    for picture in range(2):
        best = np.sort(cells[picture, :, 4])[::-1][: best_cells.MOST]
        np.testing.assert_array_equal(told["output"][picture, :, 4], best)
        np.testing.assert_array_equal(told["output"][picture], cells[picture, told["output.anchors"][picture]])


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_score_that_is_no_number_comes_first_and_is_refused(network: Network, broken: float) -> None:
    cells = drawn(5, 2, 1.0)
    cells[1, 1234, 4] = broken
    told = best_of(network, cells)
    assert told["output.anchors"][1, 0] == 1234
    with pytest.raises(AnswerError, match="scores of a picture: not finite"):
        yolox.decode(told, SIZE_WH, 0.3)


def test_what_is_ordered_are_numbers_for_each_device_orders_others_as_it_likes(network: Network) -> None:
    model = echoing()
    best_cells.tell_best(model, network, SIZE_WH)
    (ordered,) = (node.input[0] for node in model.graph.node if node.op_type == "TopK")
    model.graph.output.append(helper.make_tensor_value_info(ordered, TensorProto.FLOAT, ["n", "a"]))
    cells = drawn(5, 1, 1.0)
    cells[0, 1234, 4] = np.nan
    runtime = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (order,) = runtime.run([ordered], {"given": cells})
    assert order[0, 1234] == np.inf and np.isfinite(np.delete(order[0], 1234)).all()


def test_a_picture_of_fewer_cells_tells_all(network: Network) -> None:
    model = echoing()
    best_cells.tell_best(model, network, (96, 64))
    assert model.graph.output[0].type.tensor_type.shape.dim[1].dim_value == 12 * 8 + 6 * 4 + 3 * 2


def test_what_cannot_be_made_so_stays_as_it_is(network: Network) -> None:
    old, fixed, other = echoing(10), echoing(), echoing()
    best_cells.tell_best(old, network, SIZE_WH)
    best_cells.tell_best(fixed, network.model_copy(update={"outputs": {"output": ("N", 2184, WIDTH)}}), SIZE_WH)
    role = network.roles["objects"].model_copy(update={"decoder": "fastestdet"})
    best_cells.tell_best(other, network.model_copy(update={"roles": {"objects": role}}), SIZE_WH)
    for model, opset in ((old, 10), (fixed, 17), (other, 17)):
        assert model == echoing(opset)


@pytest.fixture(scope="module")
def placed() -> list[Placed]:
    scaled_wh = (416, 234)
    letterbox = Letterbox.fit((1280, 720), SIZE_WH)
    scenes = (render_frame(draw_spec(5_200_000 + clip, EVEN), 10.0, scaled_wh)[0] for clip in range(4))
    return [Placed(pixels, letterbox, 0.0) for pixels in scenes]


def judged(session: Session, placed: list[Placed]) -> list[Judgment]:
    readers = {role: reader(role, contract) for role, contract in session.network.roles.items()}
    return Judge(session, SIZE_WH, (4,), readers, lambda _times: None)(placed)


def test_the_network_that_ships_tells_the_same_by_its_best_cells(placed: list[Placed]) -> None:
    forms: tuple[Form, ...] = ("file", "device")
    whole, best = (judged(open_session(OWN, shipped_file(OWN), form=form), placed) for form in forms)
    assert sum(len(one.objects) for one in whole) > 10
    assert best == whole
