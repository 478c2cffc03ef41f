"""The linters' laws, so that the whole suite holds them too: style, types, who may import whom."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

BIN = Path(sys.executable).parent


@pytest.mark.slow  # `make check` runs the same three commands itself, where their output is easier to read
@pytest.mark.timeout(300)
@pytest.mark.parametrize("command", [["ruff", "check", "."], ["mypy"], ["lint-imports"]], ids=lambda c: c[0])
def test_the_linter_is_content(command: list[str]) -> None:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    run = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=280, env=environment
    )
    assert run.returncode == 0, (run.stdout + run.stderr)[-3000:]
