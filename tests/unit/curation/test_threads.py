"""Deciding takes one core: a second thread would spin for nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_MULTIPLY_AND_COUNT_THREADS = """
import app
import os
import numpy as np
rows, block = np.ones((2000, 64), np.float32), np.ones((64, 512), np.float32)
rows @ block
print(len(os.listdir("/proc/self/task")))
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core has no second thread")
def test_what_imports_the_product_first_multiplies_matrices_on_one_thread() -> None:
    free = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", _MULTIPLY_AND_COUNT_THREADS],
        env=free,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "1", done.stderr
