"""PyTorch's weights become a network without PyTorch: both forms of file, a known answer, nothing run on the way."""

from __future__ import annotations

import collections
import io
import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from models.conversion import converted_file
from models.conversion.torch_weights import MAGIC, read_weights
from models.errors import NetworkError
from models.manifest import shipped_manifest
from models.session import open_session

PLACES = shipped_manifest()["resnet18_places365"]
CLASSES = 365


class Named:
    """What a pickle names and this process need not have."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Called(NamedTuple):
    """A call that a pickle makes when it is read."""

    what: Named
    with_: tuple[object, ...]


class Writer(pickle._Pickler):
    """Write what PyTorch would: classes by name, calls, storages by persistent id."""

    def save(self, thing: Any, save_persistent_id: bool = True) -> None:
        if isinstance(thing, Named):
            self.write(pickle.GLOBAL + f"{thing.module}\n{thing.name}\n".encode())
        elif isinstance(thing, Called):
            self.save(thing.what)
            self.save(tuple(thing.with_))
            self.write(pickle.REDUCE)
        elif isinstance(thing, Storage):
            self.save(("storage", Named("torch", thing.kind), thing.key, "cpu", len(thing.values), *thing.more))
            self.write(pickle.BINPERSID)
        else:
            super().save(thing, save_persistent_id)


class Storage:
    def __init__(self, key: str, kind: str, values: np.ndarray, more: tuple[None, ...]) -> None:
        self.key, self.kind, self.values, self.more = key, kind, values, more


def pickled(thing: Any) -> bytes:
    target = io.BytesIO()
    Writer(target, 2).dump(thing)
    return target.getvalue()


def tensor(storage: Storage, shape: tuple[int, ...]) -> Called:
    strides = tuple(int(np.prod(shape[place + 1 :])) for place in range(len(shape)))
    return Called(
        Named("torch._utils", "_rebuild_tensor_v2"), (storage, 0, shape, strides, False, collections.OrderedDict())
    )


def checkpoint(
    weights: Mapping[str, np.ndarray], prefix: Callable[[str], str], more: tuple[None, ...]
) -> tuple[Any, list[Storage]]:
    storages = [Storage(str(n), "FloatStorage", value.ravel(), more) for n, value in enumerate(weights.values())]
    named = {prefix(name): tensor(storages[n], value.shape) for n, (name, value) in enumerate(weights.items())}
    stranger = Called(Named("somebody.elses", "Meter"), (1, 2))
    return {"epoch": 90, "meter": stranger, "state_dict": named}, storages


def write_zip(path: Path, weights: Mapping[str, np.ndarray]) -> Path:
    whole, storages = checkpoint(weights, lambda name: ("head." if name.startswith("fc") else "backbone.") + name, ())
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled(whole))
        for storage in storages:
            archive.writestr(f"archive/data/{storage.key}", storage.values.astype("<f4").tobytes())
    return path


def write_stream(path: Path, weights: Mapping[str, np.ndarray]) -> Path:
    whole, storages = checkpoint(weights, lambda name: f"module.{name}", (None,))
    parts = [pickled(part) for part in (MAGIC, 1001, {"little_endian": True}, whole, [one.key for one in storages])]
    for storage in storages:
        parts += [struct.pack("<q", len(storage.values)), storage.values.astype("<f4").tobytes()]
    path.write_bytes(b"".join(parts))
    return path


def resnet18(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return weights of chance, near 1 in norm so that signals stay of a size."""
    weights: dict[str, np.ndarray] = {}

    def conv(name: str, norm: str, out: int, into: int, side: int) -> None:
        scale = np.sqrt(2 / (into * side * side))
        weights[f"{name}.weight"] = (rng.standard_normal((out, into, side, side)) * scale).astype(np.float32)
        for part, low, high in (
            ("weight", 0.5, 1.5),
            ("bias", -0.3, 0.3),
            ("running_mean", -0.5, 0.5),
            ("running_var", 0.5, 2),
        ):
            weights[f"{norm}.{part}"] = rng.uniform(low, high, out).astype(np.float32)

    conv("conv1", "bn1", 64, 3, 7)
    before = 64
    for stage, channels in enumerate((64, 128, 256, 512), start=1):
        for block in range(2):
            name = f"layer{stage}.{block}"
            conv(f"{name}.conv1", f"{name}.bn1", channels, before, 3)
            conv(f"{name}.conv2", f"{name}.bn2", channels, channels, 3)
            if stage > 1 and block == 0:
                conv(f"{name}.downsample.0", f"{name}.downsample.1", channels, before, 1)
            before = channels
    weights["fc.weight"] = (rng.standard_normal((CLASSES, 512)) * 0.05).astype(np.float32)
    weights["fc.bias"] = rng.uniform(-1, 1, CLASSES).astype(np.float32)
    return weights


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    return resnet18(np.random.default_rng(7))


def convolved(x: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Return a convolution [C, h, w] by its definition, padded by half its side."""
    side = kernel.shape[2]
    wide = np.pad(x, ((0, 0), (side // 2,) * 2, (side // 2,) * 2))
    views = np.lib.stride_tricks.sliding_window_view(wide, (side, side), axis=(1, 2))[:, ::stride, ::stride]
    return np.einsum("chwij,ocij->ohw", views, kernel, optimize=True)


def by_hand(weights: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """Return the logits of one picture [3, h, w] as the paper says, without folding anything."""

    def conv(x: np.ndarray, name: str, norm: str, stride: int) -> np.ndarray:
        weight, bias, mean, var = (
            weights[f"{norm}.{part}"][:, None, None] for part in ("weight", "bias", "running_mean", "running_var")
        )
        return (convolved(x, weights[f"{name}.weight"], stride) - mean) / np.sqrt(var + 1e-5) * weight + bias

    x = np.maximum(conv(x, "conv1", "bn1", 2), 0)
    wide = np.pad(x, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    x = np.lib.stride_tricks.sliding_window_view(wide, (3, 3), axis=(1, 2))[:, ::2, ::2].max(axis=(3, 4))
    for stage in range(1, 5):
        for block in range(2):
            name, stride = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            inner = np.maximum(conv(x, f"{name}.conv1", f"{name}.bn1", stride), 0)
            inner = conv(inner, f"{name}.conv2", f"{name}.bn2", 1)
            beside = conv(x, f"{name}.downsample.0", f"{name}.downsample.1", 2) if stride == 2 else x
            x = np.maximum(inner + beside, 0)
    return weights["fc.weight"] @ x.mean(axis=(1, 2)) + weights["fc.bias"]


@pytest.mark.slow
@pytest.mark.parametrize("write", [write_zip, write_stream], ids=["zip", "stream"])
def test_weights_of_either_form_are_the_network_they_were_in(
    write: Callable[[Path, Mapping[str, np.ndarray]], Path], weights: dict[str, np.ndarray], tmp_path: Path
) -> None:
    file = converted_file(PLACES, write(tmp_path / "weights.pth", weights))
    session = open_session(PLACES, file)
    pictures = np.random.default_rng(1).standard_normal((2, 3, 224, 224)).astype(np.float32)
    logits = session.run(pictures)["logits"]
    np.testing.assert_allclose(logits[1], by_hand(weights, pictures[1].astype(np.float64)), rtol=0, atol=2e-4)
    assert converted_file(PLACES, tmp_path / "weights.pth") == file


def test_what_a_file_asks_to_run_is_not_run(tmp_path: Path) -> None:
    evil = Called(Named("os", "system"), (f"touch {tmp_path / 'run'}",))
    parts = [pickled(part) for part in (MAGIC, 1001, {}, {"state_dict": {"x": evil}, "y": evil}, [])]
    (tmp_path / "evil.pth").write_bytes(b"".join(parts))
    assert read_weights(PLACES, tmp_path / "evil.pth") == {}
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("kept_bytes", [0, 100, -60, -4])
@pytest.mark.parametrize("write", [write_zip, write_stream], ids=["zip", "stream"])
def test_a_file_cut_short_is_refused(
    write: Callable[[Path, Mapping[str, np.ndarray]], Path], kept_bytes: int, tmp_path: Path
) -> None:
    file = write(tmp_path / "weights.pth", {"fc.weight": np.ones((3, 5), np.float32)})
    file.write_bytes(file.read_bytes()[:kept_bytes])
    with pytest.raises(NetworkError, match=r"weights\.pth holds no weights that can be read: .*; fetch it again"):
        read_weights(PLACES, file)


def test_weights_of_another_network_are_refused_by_name(weights: dict[str, np.ndarray], tmp_path: Path) -> None:
    other = {name: value for name, value in weights.items() if name != "layer3.1.conv2.weight"}
    with pytest.raises(NetworkError, match=r"not those of a ResNet-18: 'layer3\.1\.conv2\.weight'; check `converted`"):
        converted_file(PLACES, write_zip(tmp_path / "other.pth", other))
    other = weights | {"conv1.weight": np.zeros((64, 3, 3, 3), np.float32)}
    with pytest.raises(NetworkError, match=r"conv1\.weight is \(64, 3, 3, 3\) instead of \(64, 3, 7, 7\)"):
        converted_file(PLACES, write_zip(tmp_path / "third.pth", other))
