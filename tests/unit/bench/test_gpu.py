"""The bench of a GPU where there is none: it says so with a remedy, and measures what the CPU does all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.settings import settings
from models.eyes import Eyes
from models.manifest import Network
from models.reading import Judgment
from ops.bench import gpu, gpu_standin
from ops.bench.gpu import Extent, measure, no_gpu
from ops.bench.gpu_case import SOURCE_WH, Case, case
from ops.bench.gpu_detectors import detectors, look
from tests.networks import BGR, STANDIN, standin_networks


@pytest.fixture
def of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    network: Network = standin_networks(tmp_path / "mirror")[STANDIN]
    monkeypatch.setenv("ROADSIEVE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ROADSIEVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ROADSIEVE_MODEL_MIRROR", str(tmp_path / "mirror"))
    settings.cache_clear()
    picture = np.full((360, 640, 3), 60, np.uint8)
    picture[100:200, 200:400] = BGR["white"]
    yield case(network, (96, 64), [picture])
    settings.cache_clear()


def test_a_missing_gpu_is_named_with_what_to_do(of: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.session.ort.get_available_providers", lambda: ["CPUExecutionProvider"])
    assert str(no_gpu(of)).startswith(
        "no GPU: this onnxruntime has CPUExecutionProvider, but cuda was asked for; install"
    )


@pytest.mark.slow
def test_the_cpu_is_measured_and_what_is_not_here_is_left_out(of: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "ON_CPU", Extent(1, 0.01))
    monkeypatch.setattr("models.session.ort.get_available_providers", lambda: ["CPUExecutionProvider"])
    said: list[str] = []
    engines, stages = measure([of], Extent(1, 0.01), said.append)
    assert [row[1:3] for row in engines.rows] == [("cpu fp32", str(bucket)) for bucket in (1, 2, 3, 4)]
    assert [row[1:3] for row in stages.rows] == [("cpu fp32", "1x1")]
    (figures,) = stages.figures.values()
    ((ours, bare),) = figures["rounds"]
    assert ours > 0 and bare > 0 and min(figures["spent_us"]) > 0
    assert "standin 96x64: cpu fp32 runs on cpu, slots in ordinary memory; against the CPU: the same is told" in said
    assert ["is left out" in line for line in said[:2]] == [True, True]


@pytest.mark.slow
def test_detectors_look_at_the_same_time_each_in_a_process_of_its_own(of: Case) -> None:
    with detectors(of, "cpu", "fp32", 2, 1) as both:
        looked = both.look(0.3)
    assert len(looked) == 2
    for one in looked:
        assert one.took_s >= 0.3 and one.per_s > 0
        assert sum(batch.pictures for batch in one.batches) == one.pictures


@pytest.mark.slow
def test_a_detector_that_cannot_open_its_network_is_no_endless_wait(
    of: Case, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RuntimeError, match="a detector ended"), detectors(of, "tensorrt", "fp32", 1, 1):
        raise AssertionError("there is no such hardware here")
    assert "tensorrt was asked for" in capfd.readouterr().err


@pytest.mark.slow
def test_where_there_is_no_gpu_an_engine_that_sleeps_tells_what_the_cpu_told(
    of: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(gpu_standin.PICTURE_US, of.size_wh, 100.0)
    heard: list[Judgment] = []

    async def listened(eyes: Eyes, of: Case, ends: float) -> int:
        heard.extend(await eyes.look(of.pictures, [SOURCE_WH] * len(of.pictures)))
        return await look(eyes, of, ends)

    monkeypatch.setattr(gpu_standin, "look", listened)
    section = gpu_standin.measure([of], rounds=1, seconds=0.05)
    assert [row[1] for row in section.rows] == ["file", "device"]
    assert all(0 < ratio < 1 for one in section.figures.values() for ratio in one["ratios"])
    assert heard == of.told(of.opened("cpu", "fp32")) * len(heard) and heard[0].objects[0].label == "car"
