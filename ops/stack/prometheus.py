"""A Prometheus for one machine: the one that is installed, else Debian's package, unpacked and not installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.errors import OperatorError
from ops.stack.fetched import Parts, Say, install, say_on_stderr
from ops.stack.ports import HOST
from ops.stack.server import Lifetime, Server

VERSION = "2.42.0+ds-5+deb12u1"
PARTS = Parts("Prometheus 2.42", "prometheus-2.42.0", "19 MB", ("ops.stack", "prometheus.sha256"))
CONFIG = Path(__file__).parents[1] / "prometheus.yml"
"""The configuration that ships, with its rules beside it."""
FETCH_S = 300.0


@dataclass(frozen=True, slots=True)
class Programs:
    """The server, and the tool that checks rules and configurations."""

    prometheus: Path
    promtool: Path


def prepare(say: Say = say_on_stderr, cache: Path | None = None) -> Programs:
    """Return both programs, fetched the first time; OperatorError where they are neither installed nor to be had."""
    installed = [shutil.which(name) for name in ("prometheus", "promtool")]
    if installed[0] and installed[1]:
        return Programs(Path(installed[0]), Path(installed[1]))
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        why = "it is not installed, and there is no apt-get to fetch Debian's package with"
        raise OperatorError("Prometheus", why, "install prometheus and promtool")
    folder = install(PARTS, _download, cache, say, _unpack)
    return Programs(folder / "usr/bin/prometheus", folder / "usr/bin/promtool")


def _download(scratch: Path) -> Sequence[Path]:
    try:
        subprocess.run(
            ["apt-get", "download", f"prometheus={VERSION}"],
            cwd=scratch, check=True, capture_output=True, text=True, timeout=FETCH_S,
        )  # fmt: skip
    except subprocess.SubprocessError as error:
        said = str(getattr(error, "stderr", None) or error)
        raise RuntimeError(" ".join(said.split())[-300:]) from error
    return list(scratch.glob("*.deb"))


def _unpack(folder: Path) -> None:
    for package in folder.glob("*.deb"):
        try:
            subprocess.run(["dpkg-deb", "-x", package, folder], check=True, capture_output=True, timeout=FETCH_S)
        except subprocess.SubprocessError as error:
            raise RuntimeError(f"{package.name} does not unpack ({error})") from error
        package.unlink()


class Prometheus(Server):
    """Hold one server's folder, with its data in tsdb/."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__("prometheus", folder)
        self.port = port
        self.url = f"http://{HOST}:{port}"

    def start(self, programs: Programs, config: Path = CONFIG, lifetime: Lifetime = Lifetime.TETHERED) -> None:
        """Start the server and return when it answers."""
        command = [
            str(programs.prometheus), f"--config.file={config.absolute()}", f"--storage.tsdb.path={self.folder}/tsdb",
            "--storage.tsdb.retention.time=2d", f"--web.listen-address={HOST}:{self.port}",
        ]  # fmt: skip
        self.spawn(command, [self.port], lifetime)
        try:
            self.wait_until(self.answers)
        except BaseException:
            self.stop()
            raise

    def answers(self) -> bool:
        """Tell whether it is ready."""
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=5.0).is_success
        except httpx.TransportError:
            return False
