"""A virtual environment for each other engine, made on demand and kept in the cache of downloads."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.settings import settings

INSTALL_S = 300.0


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine that runs the keyed job."""

    name: str
    module: str
    guarantee: str
    packages: tuple[str, ...] = ()
    """What its own environment holds; none: it runs in ours."""
    share: float = 1.0
    """Part of the records that a slow engine gets."""

    def environment(self) -> Path:
        """Return the folder of its environment; a new version is a new folder."""
        versions = "-".join(package.replace("==", "-").replace("[", "-").replace("]", "") for package in self.packages)
        return settings().path_of_cache() / "bench" / f"{versions}-{sys.version_info.major}.{sys.version_info.minor}"


OURS = "roadsieve"
ENGINES = (
    Engine(OURS, "ops.bench.keyed_job.ours", "exactly once"),
    Engine("Faust as it comes", "ops.bench.peers.stock_faust", "at least once", share=0.25),
    Engine("Quix Streams", "ops.bench.peers.quix", "exactly once", ("quixstreams==3.28.1", "fastavro==1.13.1")),
    Engine("Bytewax", "ops.bench.peers.bytewax_flow", "at least once", ("bytewax[kafka]==0.21.1", "fastavro==1.13.1")),
)


class NotHereError(Exception):
    """An engine cannot be run on this machine; the text says why."""


def python_of(engine: Engine, say: Callable[[str], None]) -> str:
    """Return the interpreter that runs an engine, installing it if need be; raise NotHereError where that fails."""
    if not engine.packages:
        return sys.executable
    folder = engine.environment()
    ready = folder / "ready"
    if not ready.exists():
        say(f"installing {' '.join(engine.packages)} into {folder}")
        uv = str(Path(sys.executable).with_name("uv"))
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
        _run([uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *engine.packages])
        ready.touch()
    return str(folder / "bin" / "python")


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_S)
    except FileNotFoundError as error:
        raise NotHereError(f"{command[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise NotHereError(f"not installed within {INSTALL_S:.0f} s") from error
    except subprocess.CalledProcessError as error:
        raise NotHereError((error.stderr.strip().splitlines() or ["no reason given"])[-1]) from error
