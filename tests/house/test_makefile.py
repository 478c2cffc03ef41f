"""Laws of the Makefile: plain `make` tells everything there is, and the build machine does nothing of its own."""

import re
import subprocess

from tests.house.tree import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
PROMISED = {"setup", "demo", "test", "check", "chaos", "bench", "clean", "lock"}


def test_plain_make_lists_every_target_with_a_sentence() -> None:
    told = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True, timeout=30).stdout
    listed = dict(re.findall(r"^  make ([\w-]+)\s+(\S.{9,})$", told, re.MULTILINE))
    assert set(listed) == TARGETS
    assert TARGETS >= PROMISED


def test_every_target_is_phony() -> None:
    [phony] = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(phony.split()) == TARGETS


def test_the_build_machine_runs_make_test_and_nothing_else() -> None:
    lines = [line.strip() for line in (ROOT / ".ci" / "run").read_text().splitlines()]
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["exec make test"]
