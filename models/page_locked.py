"""Memory that a GPU reads without the processor's help: pages of our own, locked by CUDA's runtime.

What onnxruntime has of such memory belongs to devices that it lists, and pip's builds list no GPU. The runtime is
that which onnxruntime loaded: another would know nothing of its device.
"""

from __future__ import annotations

import ctypes
import os
from math import prod
from mmap import mmap
from typing import Any
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

_RUNTIMES = ("libcudart.so.13", "libcudart.so.12")


def page_locked(shape: tuple[int, ...], dtype: str) -> NDArray[Any] | None:
    """Return an array of zeros in locked pages, unlocked when it is let go; None where there is no such memory."""
    runtime = _loaded_runtime()
    size_bytes = prod(shape) * np.dtype(dtype).itemsize
    if runtime is None or not size_bytes:
        return None
    pages = np.frombuffer(mmap(-1, size_bytes), dtype)  # from a page's begin, and shared with nothing else
    address = ctypes.c_void_p(pages.ctypes.data)
    if runtime.cudaHostRegister(address, ctypes.c_size_t(size_bytes), ctypes.c_uint(0)) != 0:
        return None
    finalize(pages, runtime.cudaHostUnregister, address).atexit = False  # by then CUDA may be gone
    return pages.reshape(shape)


def _loaded_runtime() -> Any:
    """Return CUDA's runtime where this process has loaded it, else None."""
    for name in _RUNTIMES:
        try:
            return ctypes.CDLL(name, mode=os.RTLD_NOLOAD)
        except OSError:
            continue
    return None
