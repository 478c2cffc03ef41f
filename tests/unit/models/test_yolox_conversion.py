"""Made free of batch and size, a YOLOX answers at its own size not a bit otherwise; what is no YOLOX is refused."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from models.conversion import converted_file
from models.errors import FetchError, NetworkError
from models.fetch import fetch_network
from models.manifest import shipped_manifest
from models.session import open_session
from tests.networks import write_yolox_standin

YOLOX = shipped_manifest()["yolox_nano_416"]


@pytest.mark.slow
def test_a_freed_yolox_answers_bit_for_bit_as_before_and_takes_other_sizes(shared_data: Path, tmp_path: Path) -> None:
    file = fetch_network(YOLOX, tmp_path, str(shared_data / "models"))
    before = onnxruntime.InferenceSession(str(tmp_path / YOLOX.file), providers=["CPUExecutionProvider"])
    after = open_session(YOLOX, file)
    pictures = np.random.default_rng(5).integers(0, 256, (3, 3, 416, 416)).astype(np.float32)
    together = after.run(pictures)["output"]
    for place, picture in enumerate(pictures):
        (alone,) = before.run(["output"], {"images": picture[None]})
        np.testing.assert_array_equal(after.run(picture[None])["output"], alone)
        np.testing.assert_array_equal(together[place], alone[0])
    assert after.run(np.zeros((2, 3, 384, 640), np.float32))["output"].shape == (2, 80 * 48 + 40 * 24 + 20 * 12, 85)


def test_it_is_rewritten_once_and_again_when_damaged(shared_data: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: fetch_network(YOLOX, tmp_path, str(shared_data / "models")), range(2))
    assert first == second and not list(tmp_path.glob("*.part"))
    written_ns, content = first.stat().st_mtime_ns, first.read_bytes()
    assert fetch_network(YOLOX, tmp_path).stat().st_mtime_ns == written_ns
    first.write_bytes(content[:-1000])
    assert fetch_network(YOLOX, tmp_path) == first
    assert first.read_bytes() == content


def test_what_is_no_yolox_of_one_size_is_refused(tmp_path: Path) -> None:
    file = write_yolox_standin(tmp_path / "standin.onnx")
    with pytest.raises(NetworkError, match=r"it has 0 Reshape nodes where a YOLOX .* has 3 .*; leave out `converted`"):
        converted_file(YOLOX, file)
    file.write_bytes(b"no network")
    with pytest.raises(NetworkError, match=r"standin\.onnx is no ONNX file: .*; fetch it again"):
        converted_file(YOLOX, file)


def test_without_the_package_it_is_said_which_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(FetchError, match=r"needs the package onnx; install roadsieve\[cpu\]"):
        converted_file(YOLOX, tmp_path / "absent.onnx")
