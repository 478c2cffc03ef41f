"""Page-locked memory without a GPU: what is asked of CUDA's runtime, what is given back, and the way without it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models import page_locked as module
from models.page_locked import page_locked


class Runtime:
    """Stand in for CUDA's runtime, which grants or refuses."""

    def __init__(self, answer: int) -> None:
        self.answer, self.locked = answer, dict[int, int]()

    def cudaHostRegister(self, address: Any, size: Any, flags: Any) -> int:  # noqa: N802 - CUDA's name
        if self.answer == 0:
            self.locked[address.value] = size.value
        return self.answer

    def cudaHostUnregister(self, address: Any) -> int:  # noqa: N802 - CUDA's name
        del self.locked[address.value]
        return 0


def test_pages_are_locked_as_long_as_anybody_looks_at_them(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = Runtime(0)
    monkeypatch.setattr(module, "_loaded_runtime", lambda: runtime)
    array = page_locked((3, 5, 7), "float32")
    assert array is not None and array.shape == (3, 5, 7) and array.dtype == np.float32 and not array.any()
    assert runtime.locked == {array.ctypes.data: array.nbytes} and array.ctypes.data % 4096 == 0
    array[:] = 4
    part = array[1:2]
    del array
    assert runtime.locked and (part == 4).all()
    del part
    assert not runtime.locked


def test_what_cuda_refuses_or_where_none_is_loaded_there_is_no_such_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert page_locked((4,), "uint8") is None
    monkeypatch.setattr(module, "_loaded_runtime", lambda: Runtime(2))
    assert page_locked((4,), "uint8") is None


def test_only_a_library_that_is_loaded_already_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RUNTIMES", ("libnowhere.so.1", "libm.so.6"))
    assert module._loaded_runtime()._name == "libm.so.6"
    monkeypatch.setattr(module, "_RUNTIMES", ("libnowhere.so.1",))
    assert module._loaded_runtime() is None
