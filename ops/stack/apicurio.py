"""Apicurio Registry from Python alone: the schema registry of tests and of people without Docker; it speaks
Confluent's API.
"""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path

import httpx

from ops.stack import maven
from ops.stack.fetched import Parts, Say, install, say_on_stderr
from ops.stack.java import java
from ops.stack.ports import HOST, free_ports
from ops.stack.server import Lifetime, Server

VERSION = "3.3.3"
PARTS = Parts(f"Apicurio Registry {VERSION}", f"apicurio-{VERSION}", "158 MB", ("ops.stack", "apicurio.sha256"))
API = "/apis/ccompat/v7"
READY_TIMEOUT_S, ANSWER_S = 180.0, 5.0
QUICK = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError")


@dataclass(frozen=True, slots=True)
class Home:
    """Name the Java runtime and the folder of the program."""

    java: Path
    program: Path


def resolve(cache: Path | None = None, say: Say = say_on_stderr) -> Home:
    """Return what the registry is made of, fetching it the first time; raises OperatorError as `install` does."""
    return Home(java(), install(PARTS, _fetch, cache, say, _unpack))


class Apicurio(Server):
    """One registry in one folder: schemas in data/, and what every server has."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__("registry", folder)
        self.port = port
        self.url = f"http://{HOST}:{port}{API}"

    def start(self, home: Home, lifetime: Lifetime = Lifetime.TETHERED) -> None:
        """Start it, also again on its data, and return when it answers; OperatorError when it ends or is late."""
        [health_port] = free_ports(1)
        properties = (
            f"-Dquarkus.http.host={HOST}",
            f"-Dquarkus.http.port={self.port}",
            f"-Dquarkus.management.host={HOST}",
            f"-Dquarkus.management.port={health_port}",
            f"-Dapicurio.datasource.url=jdbc:h2:file:{self.folder / 'data' / 'registry'}",
            "-Dapicurio.rest.deletion.artifact-version.enabled=true",
        )
        command = [str(home.java), *QUICK, *properties, "-jar", str(home.program / "quarkus-run.jar")]
        self.spawn(command, [self.port], lifetime)
        try:
            self.wait_until(self._answers, READY_TIMEOUT_S)
        except BaseException:
            self.stop()
            raise

    def environment(self) -> dict[str, str]:
        """Return the setting by which roadsieve keeps its schemas here."""
        return {"ROADSIEVE_REGISTRY_URL": self.url}

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/subjects", timeout=ANSWER_S, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


def _fetch(scratch: Path) -> list[Path]:
    return maven.archive("io.apicurio", "apicurio-registry-app", VERSION, "all", scratch)


def _unpack(folder: Path) -> None:
    [packed] = folder.iterdir()
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    packed.unlink()
