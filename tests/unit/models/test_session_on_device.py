"""The way to an accelerator, without one: bound inputs against plain runs, and what onnxruntime is told and says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, load_from_string

from models import session
from models.errors import ManifestError, NetworkError
from models.fetch import shipped_file
from models.manifest import Network, shipped_manifest
from models.providers import providers_named
from models.session import SUMS, Session, open_session
from tests.networks import STANDIN, standin_networks


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return standin_networks(tmp_path)[STANDIN]


class Runtime:
    """What this room uses of onnxruntime's session, on a machine whose accelerator is as a test says."""

    def __init__(self, real: str, given: dict[str, Any]) -> None:
        self._real, self.given = real, given

    def disable_fallback(self) -> None:
        self.given["fallback"] = False

    def get_providers(self) -> list[str]:
        return [self._real, "CPUExecutionProvider"]

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="images.pixels", type="tensor(uint8)", shape=["n", "h", "w", 3])]

    def get_outputs(self) -> list[Any]:
        return [SimpleNamespace(name="output", type="tensor(float)", shape=["n", "a", 85])]


def machine(monkeypatch: pytest.MonkeyPatch, built_in: list[str], real: str) -> dict[str, Any]:
    """Stand in for an onnxruntime built for `built_in` where sessions really run on `real`; return what it was told."""
    given: dict[str, Any] = {}

    def open_runtime(source: str | bytes, options: Any, providers: Any) -> Runtime:
        given.update(providers=providers, source=source)
        return Runtime(real, given)

    monkeypatch.setattr(session.ort, "get_available_providers", lambda: built_in)
    monkeypatch.setattr(session.ort, "InferenceSession", open_runtime)
    monkeypatch.setattr(session.ort, "preload_dlls", lambda: given.update(preloaded=True))
    return given


ALL = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]


def test_cuda_plans_convolutions_by_heuristics(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = machine(monkeypatch, ALL, "CUDAExecutionProvider")
    assert open_session(network, tmp_path / network.file, ["cuda", "cpu"]).provider == "cuda"
    (cuda, options), (cpu, nothing) = given["providers"]
    assert (cuda, cpu, nothing) == ("CUDAExecutionProvider", "CPUExecutionProvider", {})
    assert options["cudnn_conv_algo_search"] == "HEURISTIC"
    assert given["fallback"] is False and given["preloaded"] is True


def test_tensorrt_keeps_an_engine_for_all_batches_beside_the_file(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = machine(monkeypatch, ALL, "TensorrtExecutionProvider")
    opened = open_session(network, tmp_path / network.file, ["tensorrt", "cuda"], most=32, size_wh=(640, 384))
    assert opened.provider == "tensorrt"
    options = given["providers"][0][1]
    assert options["trt_engine_cache_enable"] == "1" and options["trt_engine_cache_path"] == str(tmp_path)
    assert options["trt_profile_min_shapes"] == "images.pixels:1x384x640x3"
    assert options["trt_profile_max_shapes"] == options["trt_profile_opt_shapes"] == "images.pixels:32x384x640x3"
    assert not any("fp16" in name for name in options)


def test_a_silent_fall_back_to_the_cpu_is_an_error_unless_the_cpu_is_accepted(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(monkeypatch, ALL, "CPUExecutionProvider")
    with pytest.raises(NetworkError, match="runs on CPUExecutionProvider, but tensorrt or cuda was asked for"):
        open_session(network, tmp_path / network.file, ["tensorrt", "cuda"])
    assert open_session(network, tmp_path / network.file, ["cuda", "cpu"]).provider == "cpu"


def test_only_what_this_onnxruntime_has_is_asked_of_it(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = machine(monkeypatch, ALL[1:], "CUDAExecutionProvider")
    open_session(network, tmp_path / network.file, ["tensorrt", "cuda"])
    assert [name for name, _ in given["providers"]] == ["CUDAExecutionProvider"]


def test_providers_are_named_in_order_and_a_strange_one_is_refused() -> None:
    assert providers_named("tensorrt, cuda,cpu") == ("tensorrt", "cuda", "cpu")
    with pytest.raises(ManifestError, match="provider 'tpu': not known; choose from: cpu, cuda, tensorrt"):
        providers_named("cuda,tpu")


def test_batches_are_put_together_in_page_locked_memory_where_cuda_grants_it(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted = np.zeros((2, 3, 64, 96), np.float32)
    for provider, memory in (("cuda", granted), ("cuda", None), ("cpu", granted)):
        monkeypatch.setattr(session, "page_locked", lambda shape, dtype, memory=memory: memory)
        opened = Session(network, Runtime("", {}), provider)
        slots = opened.slots(2, (96, 64))
        assert slots.shape == (2, 3, 64, 96) and slots.dtype == np.float32 and (slots == network.input.fill).all()
        assert opened.page_locked == (slots is granted) == (provider == "cuda" and memory is granted)


def halved(source: bytes) -> bool:
    return any(one.data_type == TensorProto.FLOAT16 for one in load_from_string(source).graph.initializer)


def test_half_precision_is_tensorrts_own_matter(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = machine(monkeypatch, ALL, "TensorrtExecutionProvider")
    open_session(network, tmp_path / network.file, ["tensorrt"], precision="fp16")
    assert given["providers"][0][1]["trt_fp16_enable"] == "1" and not halved(given["source"])
    given = machine(monkeypatch, ALL, "CUDAExecutionProvider")
    open_session(network, tmp_path / network.file, ["cuda"], precision="fp16")
    assert halved(given["source"])  # rewritten: CUDA computes what the file says


def test_sums_over_all_pixels_stay_exact_at_half_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    given, own = machine(monkeypatch, ALL, "CUDAExecutionProvider"), shipped_manifest()["roadsieve_small"]
    with pytest.raises(NetworkError, match="instead of"):  # the machine knows the stand-in alone
        open_session(own, shipped_file(own), ["cuda"], precision="fp16")
    graph = load_from_string(given["source"]).graph
    made = {name: node for node in graph.node for name in node.output}
    sums = [node for node in graph.node if node.op_type in SUMS]
    assert len(sums) > 10
    for node in sums:
        cast = made[node.input[0]]
        assert cast.op_type == "Cast" and cast.attribute[0].i == TensorProto.FLOAT


def test_each_batch_size_has_an_opened_file_of_its_own_where_plans_are_kept_for_one_shape(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened() -> Any:
        return onnxruntime.InferenceSession(str(tmp_path / network.file), providers=["CPUExecutionProvider"])

    several, one = Session(network, opened(), "cuda", opened), Session(network, opened(), "tensorrt")
    for each, files in ((several, 3), (one, 1)):
        each.warm([1, 2, 4, 2, 1], (96, 64))
        shapes = [network.input.shape_of(pictures, (96, 64)) for pictures in (1, 2, 4)]
        assert len({id(each.runtime(shape)) for shape in shapes}) == files
    monkeypatch.setattr(session, "DEVICE", "cpu")
    several.bare(2, (96, 64))()
    rng = np.random.default_rng(2)
    batches = [rng.integers(0, 256, (count, 3, 64, 96)).astype(np.float32) for count in (1, 2, 4, 2, 1, 4) * 3]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(several.run, batches))
    for batch, answer in zip(batches, answers, strict=True):
        np.testing.assert_array_equal(answer["output"], one.run(batch)["output"])
