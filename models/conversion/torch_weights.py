"""Weights that PyTorch wrote, read without PyTorch and without running anything that the file says.

Two forms: a zip of `data.pkl` and a file for each storage (since 1.6), and before that one stream of pickles (a
magic number, a version, the system, the objects, the keys of the storages) with each one's length and values behind.
Of the classes that a pickle may name, those of tensors and storages are understood, and ordered maps; every other
becomes an empty thing that swallows what it is given.
"""

from __future__ import annotations

import collections
import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from models.errors import NetworkError
from models.manifest import Network

MAGIC = 0x1950A86A20F9469CFC6C
DTYPES = {
    "DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2", "LongStorage": "<i8", "IntStorage": "<i4",
    "ShortStorage": "<i2", "CharStorage": "<i1", "ByteStorage": "<u1", "BoolStorage": "<u1",
}  # fmt: skip


def read_weights(network: Network, file: Path) -> Mapping[str, NDArray[np.float32]]:
    """Return the floating-point tensors of a file by name, those of its `state_dict` where it has one.

    A file that holds no such map, or is cut short, raises NetworkError.
    """
    try:
        whole = _of_zip(file) if zipfile.is_zipfile(file) else _of_stream(file)
        named = whole.get("state_dict", whole)
        tensors = {str(name): value.array() for name, value in named.items() if isinstance(value, _Tensor)}
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, EOFError, struct.error,
            pickle.UnpicklingError, zipfile.BadZipFile) as error:  # fmt: skip
        why = f"{file} holds no weights that can be read: {type(error).__name__}: {error}"
        raise NetworkError(f"network {network.name}", why, "fetch it again, or convert it yourself") from error
    return {name: value.astype(np.float32) for name, value in tensors.items() if value.dtype.kind == "f"}


@dataclass(slots=True)
class _Storage:
    """Values that tensors look at; they are read after the tensors are known in the older form."""

    dtype: str
    values: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> NDArray[Any]:
        """Return the values; ValueError where they reach beyond the storage."""
        values = self.storage.values
        last = self.offset + sum((side - 1) * step for side, step in zip(self.shape, self.strides, strict=True))
        if values is None or not 0 <= self.offset <= last < max(1, len(values)) or min(self.strides, default=0) < 0:
            raise ValueError("a tensor reaches beyond its storage")
        steps = tuple(step * values.itemsize for step in self.strides)
        return np.lib.stride_tricks.as_strided(values[self.offset :], self.shape, steps, writeable=False)


class _Swallow:
    """Stands for an object of a class that is not understood: takes everything, is nothing."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __setstate__(self, _: object) -> None: ...

    def __setitem__(self, _: object, __: object) -> None: ...

    def append(self, _: object) -> None:
        """Take an element."""

    def extend(self, _: object) -> None:
        """Take elements."""


def _tensor(storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


def _itself(data: object, *_: object) -> object:
    return data


_UNDERSTOOD: Mapping[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _itself,
}


class _Reader(pickle.Unpickler):
    """Read a pickle whose persistent ids are storages."""

    def __init__(self, file: BinaryIO, storage_of: Callable[[str, str, int], _Storage]) -> None:
        super().__init__(file, encoding="latin1")
        self._storage_of = storage_of

    def find_class(self, module: str, name: str) -> Any:
        """Return what stands for a class."""
        if module == "torch" and name in DTYPES:
            return name
        return _UNDERSTOOD.get((module, name), _Swallow)

    def persistent_load(self, pid: Any) -> Any:
        """Return the storage of an id ("storage", type, key, location, length, …)."""
        kind, dtype, key, _, length = pid[:5]
        if kind != "storage" or dtype not in DTYPES:
            raise ValueError(f"{kind} of {dtype} is not understood")
        return self._storage_of(str(key), DTYPES[dtype], length)


def _of_zip(file: Path) -> Any:
    with zipfile.ZipFile(file) as archive:
        (index,) = [name for name in archive.namelist() if name.endswith("data.pkl")]
        folder = index.removesuffix("data.pkl")

        def storage_of(key: str, dtype: str, length: int) -> _Storage:
            return _Storage(dtype, np.frombuffer(archive.read(f"{folder}data/{key}"), dtype, length))

        with archive.open(index) as opened:
            return _Reader(opened, storage_of).load()  # type: ignore[arg-type]  # a zip's file reads as any other


def _of_stream(file: Path) -> Any:
    storages: dict[str, _Storage] = {}

    def storage_of(key: str, dtype: str, _: int) -> _Storage:
        return storages.setdefault(key, _Storage(dtype))

    with file.open("rb") as opened:
        if _Reader(opened, storage_of).load() != MAGIC:
            raise ValueError("it does not begin as PyTorch's files do")
        _version, _system, whole, keys = (_Reader(opened, storage_of).load() for _ in range(4))
        for key in keys:
            storage = storages[str(key)]
            (length,) = struct.unpack("<q", opened.read(8))
            size = length * np.dtype(storage.dtype).itemsize
            storage.values = np.frombuffer(opened.read(size), storage.dtype, length)
    return whole
