"""A network made for an accelerator: it takes pixels as decoded, tells its best cells, and says what its file says."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from models.conversion import best_cells
from models.conversion.as_decoded import take_decoded
from models.errors import NetworkError
from models.letterbox import Letterbox
from models.manifest import InputContract, Network
from models.session import open_session
from models.slots import fill_slots
from tests.networks import STANDIN, standin_networks

SIZE_WH = (416, 256)
ANCHORS = 52 * 32 + 26 * 16 + 13 * 8


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return standin_networks(tmp_path)[STANDIN]


def contract(network: Network, **changes: object) -> InputContract:
    return InputContract.model_validate(network.input.model_dump() | {"multiple_px": 1, "size_wh": (8, 6)} | changes)


def echoing(kind: int = TensorProto.FLOAT, shape: tuple[str | int, ...] = ("n", 3, "h", "w")) -> onnx.ModelProto:
    """Return a network that gives what it is given."""
    graph = helper.make_graph(
        [helper.make_node("Identity", ["images"], ["seen"])],
        "echo",
        [helper.make_tensor_value_info("images", kind, shape)],
        [helper.make_tensor_value_info("seen", kind, shape)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def seen(model: onnx.ModelProto, given: np.ndarray) -> np.ndarray:
    runtime = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    ((only,), (answer,)) = runtime.get_inputs(), runtime.run(["seen"], {runtime.get_inputs()[0].name: given})
    assert list(only.shape[1:]) in (["H", "W", 3], [6, 8, 3])
    return answer


@pytest.mark.parametrize("colour", ["bgr", "rgb"])
@pytest.mark.parametrize("shape", [("N", 3, "H", "W"), ("N", "H", "W", 3), (2, 3, 6, 8)])
@pytest.mark.parametrize(
    ("mean", "std"), [((0, 0, 0), (1, 1, 1)), ((0, 0, 0), (255, 255, 255)), ((123.675, 116.28, 103.53), (58.4, 57, 57))]
)
def test_a_network_is_given_the_same_numbers_bit_by_bit(
    network: Network,
    colour: str,
    shape: tuple[str | int, ...],
    mean: tuple[float, ...],
    std: tuple[float, ...],
) -> None:
    of_file = contract(network, colour=colour, shape=shape, mean=mean, std=std)
    model = echoing(shape=shape)
    of_device = take_decoded(model, of_file)
    assert of_device.as_decoded and (of_device.place, of_device.fill) == (of_file.place, of_file.fill)
    onnx.checker.check_model(model)

    letterboxes = [Letterbox.fit((80, 40), (8, 6)), Letterbox.fit((40, 60), (8, 6))]
    rng = np.random.default_rng(3)
    pictures = [rng.integers(0, 256, (*reversed(box.scaled_wh), 3), np.uint8) for box in letterboxes]
    numbers, pixels = (np.zeros(one.shape_of(2, (8, 6)), one.dtype) for one in (of_file, of_device))
    fill_slots(numbers, pictures, letterboxes, of_file)
    fill_slots(pixels, pictures, letterboxes, of_device)
    assert pixels.nbytes * 4 == numbers.nbytes
    np.testing.assert_array_equal(seen(model, pixels), numbers)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"dtype": "uint8", "shape": ("N", "H", "W", 3)}, TensorProto.UINT8),
        ({"dtype": "uint8"}, TensorProto.UINT8),
        ({}, TensorProto.UINT8),
        ({"name": "pictures"}, TensorProto.FLOAT),
    ],
    ids=[
        "takes pixels already",
        "takes 8 bits in another order",
        "is not what the manifest says",
        "is called otherwise",
    ],
)
def test_an_input_that_cannot_be_made_so_stays_as_it_is(
    network: Network, changes: dict[str, object], kind: int
) -> None:
    model, of_file = echoing(kind), contract(network, **changes)
    assert take_decoded(model, of_file) == of_file
    assert model == echoing(kind)


def test_accelerators_take_pixels_and_tell_best_cells(network: Network, tmp_path: Path) -> None:
    file = tmp_path / network.file
    on_cpu, on_device = open_session(network, file, ["cpu"]), open_session(network, file, ["cuda", "cpu"])
    numbers, pixels = (one.slots(1, SIZE_WH) for one in (on_cpu, on_device))
    assert (numbers.shape, numbers.dtype) == ((1, 3, 256, 416), np.float32)
    assert (pixels.shape, pixels.dtype) == ((1, 256, 416, 3), np.uint8)
    whole, best = on_cpu.run(numbers)["output"], on_device.run(pixels)["output"]
    assert whole.shape == (1, ANCHORS, 85) and best.shape == (1, best_cells.MOST, 85)


@pytest.mark.parametrize(
    ("of_file", "of_manifest"),
    [
        ((1, 3, 256, 416), ("N", 3, "H", "W")),
        (("n", 3, 256, "w"), ("N", 3, "H", "W")),
        (("n", "h", "w", 3), ("N", 3, "H", "W")),
        (("n", 3, "h", "w"), ("N", "H", "W", 3)),
        (("n", 1, "h", "w"), ("N", 3, "H", "W")),
        (("n", 3, "h"), ("N", 3, "H", "W")),
    ],
)
def test_an_input_that_is_not_as_the_manifest_says_is_refused_for_an_accelerator_as_for_a_cpu(
    network: Network, tmp_path: Path, of_file: tuple[str | int, ...], of_manifest: tuple[str | int, ...]
) -> None:
    file = tmp_path / "echo.onnx"
    onnx.save(echoing(shape=of_file), file)
    other = network.model_copy(update={"input": contract(network, shape=of_manifest, size_wh=(416, 256))})
    for providers in (["cpu"], ["cuda", "cpu"]):
        with pytest.raises(NetworkError, match=r"^input images"):
            open_session(other, file, providers)


@pytest.mark.parametrize("kept_bytes", [0, 10, 2000, -100])
def test_a_truncated_file_is_refused_for_an_accelerator_as_for_a_cpu(
    network: Network, tmp_path: Path, kept_bytes: int
) -> None:
    file = tmp_path / network.file
    file.write_bytes(file.read_bytes()[:kept_bytes])
    with pytest.raises(NetworkError, match=r"standin\.onnx (is no ONNX file|does not open): .+; fetch it again"):
        open_session(network, file, ["cuda", "cpu"])


def test_without_the_package_onnx_it_is_said_which_is_missing(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    for name in ("for_device", "as_decoded", "best_cells", "opening"):
        monkeypatch.delitem(sys.modules, f"models.conversion.{name}", raising=False)
    with pytest.raises(NetworkError, match=r"standin: .* the package onnx, .* missing; install roadsieve\[gpu\]"):
        open_session(network, tmp_path / network.file, ["cuda", "cpu"])
