"""Opening a network: what does not fit is said before any picture, and the provider that runs is the one asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from models.errors import NetworkError
from models.fetch import fetch_network
from models.manifest import Network, shipped_manifest
from models.session import open_session
from tests.networks import STANDIN, standin_networks


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return standin_networks(tmp_path)[STANDIN]


@pytest.fixture
def file(network: Network, tmp_path: Path) -> Path:
    return tmp_path / network.file


def rewritten(file: Path, change: Callable[[onnx.ModelProto], None]) -> Path:
    model = onnx.load(file)
    change(model)
    onnx.save(model, file)
    return file


def rename_output(model: onnx.ModelProto) -> None:
    model.graph.node[-1].output[0] = "answers"
    model.graph.output[0].name = "answers"


def fix_the_batch(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1


def take_other_numbers(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.DOUBLE
    for node in model.graph.node[:1]:
        node.attribute[0].i = onnx.TensorProto.FLOAT


def ask_for_another_input(model: onnx.ModelProto) -> None:
    model.graph.input[0].name = "pictures"
    for node in model.graph.node:
        node.input[:] = ["pictures" if name == "images" else name for name in node.input]


def come_from_the_future(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 999


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (rename_output, "output output of standin: missing, the file has answers; check the file and its table"),
        (fix_the_batch, "input images of standin: side 0 is fixed at 1 where N must be free"),
        (take_other_numbers, r"input images of standin: tensor\(double\) instead of float32"),
        (ask_for_another_input, "inputs of standin: the file has pictures instead of images"),
        (
            come_from_the_future,
            r"standin\.onnx does not open: .*999.*; fetch it again, or use an onnxruntime that knows",
        ),
    ],
)
def test_a_file_that_breaks_its_contract_is_refused(
    network: Network, file: Path, change: Callable[[onnx.ModelProto], None], told: str
) -> None:
    with pytest.raises(NetworkError, match=told):
        open_session(network, rewritten(file, change))


@pytest.mark.parametrize("kept_bytes", [0, 10, 2000, -100])
def test_a_truncated_file_is_refused(network: Network, file: Path, kept_bytes: int) -> None:
    file.write_bytes(file.read_bytes()[:kept_bytes])
    with pytest.raises(NetworkError, match=r"standin\.onnx does not open: .+; fetch it again"):
        open_session(network, file)


def test_a_file_that_is_not_there_is_told(network: Network, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"gone\.onnx does not open: .*exist"):
        open_session(network, tmp_path / "gone.onnx")


def test_an_output_of_another_shape_than_promised_is_told(network: Network, file: Path) -> None:
    promised = network.model_copy(update={"outputs": {"output": ("N", "A", 84)}})
    with pytest.raises(NetworkError, match="output output of standin: side 2 is 85 instead of 84"):
        open_session(promised, file)


def test_a_shape_that_only_shows_when_it_runs_is_told_by_the_warm_up(network: Network, file: Path) -> None:
    promised = network.model_copy(update={"outputs": {"output": ("N", 83, 85)}})
    session = open_session(promised, file)
    with pytest.raises(NetworkError, match="output output of standin: side 1 is 84 instead of 83"):
        session.warm([2], (64, 64))


def test_a_run_that_fails_is_told(network: Network, file: Path) -> None:
    with pytest.raises(NetworkError, match=r"network standin: run failed: .*rank"):
        open_session(network, file).run(np.zeros((3, 64, 64), np.float32))


@pytest.mark.skipif(
    "CUDAExecutionProvider" in onnxruntime.get_available_providers(), reason="onnxruntime here is built for CUDA"
)
def test_a_gpu_that_is_asked_for_and_is_not_there_is_an_error_unless_the_cpu_is_accepted(
    network: Network, file: Path
) -> None:
    with pytest.raises(NetworkError, match=r"CPUExecutionProvider, but cuda was asked for; install .*, or allow cpu"):
        open_session(network, file, ["cuda"])
    assert open_session(network, file, ["cuda", "cpu"]).provider == "cpu"


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name, network in shipped_manifest().items() if network.confirmed != "listed"]
)
def test_every_network_that_is_not_only_listed_opens_and_answers_as_promised(
    name: str, shared_data: Path, tmp_path: Path
) -> None:
    network = shipped_manifest()[name]
    session = open_session(network, fetch_network(network, tmp_path, str(shared_data / "models")))
    session.warm([1] if network.input.most_pictures else [1, 2], network.input.size_wh)
    assert session.provider == "cpu"
