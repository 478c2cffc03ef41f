"""Apache Cassandra from Python alone: the CQL server of tests and of people without Docker, in place of ScyllaDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from string import Template

from ops.stack import maven
from ops.stack.fetched import Parts, Say, install, say_on_stderr
from ops.stack.java import java_17
from ops.stack.ports import HOST, free_ports
from ops.stack.server import Lifetime, Server

VERSION = "5.0.8"
COORDINATES = f"org.apache.cassandra:cassandra-all:{VERSION}"
PARTS = Parts(f"Apache Cassandra {VERSION}", f"cassandra-{VERSION}", "69 MB", ("ops.stack", "cassandra.sha256"))
USER = PASSWORD = "cassandra"
"""The first user of every Cassandra."""
READY_TIMEOUT_S, ANSWER_S = 180.0, 10.0

QUICK = ("-Xms128m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:MaxDirectMemorySize=128m")
STEADY = ("-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-XX:MaxDirectMemorySize=512m")
_ALWAYS = (
    "-Dcassandra-foreground=yes",
    "-Dcassandra.skip_wait_for_gossip_to_settle=0",  # it is alone: there is nobody to hear of
    "-Dcassandra.ring_delay_ms=100",
    "-Dcassandra.superuser_setup_delay_ms=0",
    "-Dlogback.configurationFile=logback.xml",
    "-XX:+ExitOnOutOfMemoryError",
)


@dataclass(frozen=True, slots=True)
class Home:
    """Name the Java runtime and the jars."""

    java: Path
    jars: Path


def resolve(cache: Path | None = None, say: Say = say_on_stderr) -> Home:
    """Return what Cassandra is made of, fetching it the first time; raises OperatorError as `install` does."""
    return Home(java_17(cache, say), install(PARTS, partial(maven.jars, COORDINATES), cache, say))


class Cassandra(Server):
    """One node in one folder: conf/, data/ and what every server has; it wants user and password."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__("cassandra", folder)
        self.port = port
        self.address = f"{HOST}:{port}"

    def start(self, home: Home, lifetime: Lifetime = Lifetime.TETHERED, flags: Sequence[str] = QUICK) -> None:
        """Start it, also again on its data, and return when it answers; OperatorError when it ends or is late."""
        from app.stores.cql_session import Access, answers  # here: the driver's import is for those who use it

        access = Access((HOST,), self.port, USER, PASSWORD, None, "ONE", 1, ANSWER_S)
        self._configure(*free_ports(1))
        command = [str(home.java), f"@{self.folder / 'conf' / 'jvm17.args'}", *flags, *_ALWAYS]
        command += ["-cp", f"{self.folder / 'conf'}:{home.jars}/*"]
        command += [f"-Dcassandra.config={(self.folder / 'conf' / 'cassandra.yaml').as_uri()}"]
        command += [f"-Dcassandra.storagedir={self.folder / 'data'}", f"-Dcassandra.logdir={self.folder / 'data'}"]
        self.spawn([*command, "org.apache.cassandra.service.CassandraDaemon"], [self.port], lifetime)
        try:
            self.wait_until(lambda: answers(access), READY_TIMEOUT_S)
        except BaseException:
            self.stop()
            raise

    def environment(self, keyspace: str) -> dict[str, str]:
        """Return the settings by which roadsieve keeps its catalog here."""
        return {
            "ROADSIEVE_CQL_HOSTS": self.address, "ROADSIEVE_CQL_KEYSPACE": keyspace,
            "ROADSIEVE_CQL_USER": USER, "ROADSIEVE_CQL_PASSWORD": PASSWORD,
        }  # fmt: skip

    def _configure(self, storage_port: int) -> None:
        conf = self.folder / "conf"
        conf.mkdir(parents=True, exist_ok=True)
        names = {"HOST": HOST, "PORT": self.port, "STORAGE_PORT": storage_port, "DATA": self.folder / "data"}
        for file in files("ops.stack").joinpath("cassandra_conf").iterdir():
            (conf / file.name).write_text(Template(file.read_text()).substitute(names))
