"""An S3 server for one machine: versitygw where Go can build it or has built it, else moto. `python -m ops.stack.s3`
gets it ready.

versitygw is the one to trust: it keeps files, checks keys and rights, and survives kill -9. moto keeps all in memory
and lets everybody in; it is what a machine without Go has.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx
from filelock import FileLock, Timeout

from app.errors import OperatorError
from app.settings import settings
from ops.stack.fetched import LOCK_WAIT_S, Say, say_on_stderr
from ops.stack.ports import HOST
from ops.stack.server import Lifetime, Server

VERSION = "1.8.0"
MODULE = f"github.com/versity/versitygw/cmd/versitygw@v{VERSION}"
BUILD_S = 480.0
ACCESS_KEY, SECRET_KEY = "roadsieve", "roadsieve-on-one-machine"  # of a server that only this machine reaches


@dataclass(frozen=True, slots=True)
class Tls:
    """The certificate that a server shows, and its key; PEM files."""

    certificate: Path
    key: Path


class S3Server(Server):
    """Hold one server's folder: objects/, versitygw's accounts/, and what every server has."""

    def __init__(self, folder: Path, port: int, gateway: Path | None, tls: Tls | None = None) -> None:
        """Take versitygw as `prepare` returns it; without it moto serves."""
        super().__init__("s3", folder)
        self.port, self._gateway, self._tls = port, gateway, tls
        self.endpoint = f"{'https' if tls else 'http'}://{HOST}:{port}"

    @property
    def kind(self) -> str:
        """Return which program serves."""
        return "versitygw" if self._gateway else "moto"

    def start(self, lifetime: Lifetime = Lifetime.TETHERED) -> None:
        """Start the server and return when it answers; what it kept is there again, if it is versitygw."""
        command, environment, ready = self._versitygw(self._gateway) if self._gateway else self._moto()
        self.spawn(command, [self.port], lifetime, environment)
        try:
            self.wait_until(lambda: _answers(self.endpoint + ready))
        except BaseException:
            self.stop()
            raise

    def environment(self, bucket: str) -> dict[str, str]:
        """Return the settings by which roadsieve uses a bucket of this server."""
        return {
            "ROADSIEVE_S3_ENDPOINT": self.endpoint, "ROADSIEVE_S3_BUCKET": bucket, "ROADSIEVE_S3_REGION": "us-east-1",
            "ROADSIEVE_S3_ACCESS_KEY": ACCESS_KEY, "ROADSIEVE_S3_SECRET_KEY": SECRET_KEY,
        }  # fmt: skip

    def _versitygw(self, gateway: Path) -> tuple[list[str], Mapping[str, str], str]:
        objects, accounts = self.folder / "objects", self.folder / "accounts"
        for folder in (objects, accounts):
            folder.mkdir(parents=True, exist_ok=True)
        # Not --keep-alive: with it 1.8.0 answers requests on a connection that was used before with 400, now and then.
        command = [str(gateway), "--port", f"{HOST}:{self.port}", "--health", "/health", "--quiet"]
        command += ["--iam-dir", str(accounts)]
        if self._tls:
            command += ["--cert", str(self._tls.certificate), "--key", str(self._tls.key)]
        command.append("posix")
        if not _takes_attributes(objects):
            attributes = self.folder / "attributes"
            attributes.mkdir(exist_ok=True)
            command += ["--sidecar", str(attributes)]
        return [*command, str(objects)], {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY}, "/health"

    def _moto(self) -> tuple[list[str], Mapping[str, str], str]:
        if find_spec("moto") is None:
            why, remedy = "neither Go nor the package moto is here", "install Go, or `make setup`"
            raise OperatorError("the local S3 server", why, remedy)
        command = [sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(self.port)]
        if self._tls:
            command += ["-c", str(self._tls.certificate), "-k", str(self._tls.key)]
        return command, {}, "/moto-api/"


def gateway_path(cache: Path | None = None) -> Path:
    """Return where versitygw lies, or would."""
    return (cache or settings().path_of_cache()).absolute() / f"versitygw-{VERSION}" / "versitygw"


def prepare(say: Say = say_on_stderr, cache: Path | None = None) -> Path | None:
    """Return versitygw, built the first time (2 to 4 minutes); None where it cannot be built: moto serves then."""
    gateway = gateway_path(cache)
    if gateway.exists():
        return gateway
    go = shutil.which("go")
    if go is None:
        say("No Go here to build versitygw with: moto is the S3 server.")
        return None
    gateway.parent.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(gateway.parent.with_suffix(".lock"), timeout=LOCK_WAIT_S):
            if not gateway.exists():
                _build(go, gateway, say)
    except (OSError, subprocess.SubprocessError, Timeout) as error:
        said = getattr(error, "stderr", None) or str(error)
        say(f"versitygw could not be built ({' '.join(said.split())[-300:]}): moto is the S3 server.")
        return None
    return gateway


def _build(go: str, gateway: Path, say: Say) -> None:
    say(f"Building the S3 server versitygw {VERSION} with Go (2 to 4 minutes, once) …")
    with tempfile.TemporaryDirectory(dir=gateway.parent.parent, prefix="building-") as scratch:
        subprocess.run(
            [go, "install", "-trimpath", MODULE], env={**os.environ, "GOBIN": scratch, "GOFLAGS": ""},
            check=True, capture_output=True, text=True, timeout=BUILD_S,
        )  # fmt: skip
        gateway.parent.mkdir(exist_ok=True)
        Path(scratch, "versitygw").replace(gateway)


def _answers(url: str) -> bool:
    try:
        # Which certificate it shows is for its users to judge; we ask whether our own child has come up.
        return httpx.get(url, timeout=2.0, verify=False).is_success
    except httpx.HTTPError:
        return False


def _takes_attributes(folder: Path) -> bool:
    try:
        os.setxattr(folder, "user.roadsieve", b"1")
        os.removexattr(folder, "user.roadsieve")
    except (OSError, AttributeError):  # a file system without them, or macOS
        return False
    return True


if __name__ == "__main__":
    prepare()
