"""What servers are made of: fetched once into the user's cache, checked by hash, complete or not there."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import stamina
from filelock import FileLock, Timeout

from app.errors import OperatorError
from app.settings import settings

LOCK_WAIT_S = 600.0

Say = Callable[[str], None]
Fetch = Callable[[Path], Sequence[Path]]
"""Folder for the work -> the fetched files, anywhere below it."""
Unpack = Callable[[Path], None]
"""Folder with the checked files -> the same folder, as it will be kept."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Say what one server is made of."""

    title: str
    """As in Apache Kafka 4.4.0."""
    folder: str
    """Name of its folder in the cache, with the version in it."""
    size: str
    hashes: tuple[str, str] | None
    """Package and file that list the SHA-256 and the name of each fetched file; None: what fetches them checks."""

    def expected_sha256(self) -> dict[str, str]:
        """Return file name -> SHA-256 of every file that the list names."""
        if self.hashes is None:
            return {}
        package, file = self.hashes
        lines = files(package).joinpath(file).read_text().splitlines()
        return {name: digest for digest, name in (line.split() for line in lines)}


def say_on_stderr(line: str) -> None:
    """Write one line of progress to standard error."""
    print(line, file=sys.stderr, flush=True)


def install(
    parts: Parts, fetch: Fetch, cache: Path | None = None, say: Say = say_on_stderr, unpack: Unpack | None = None
) -> Path:
    """Return the folder of the parts, fetching them the first time; callers that come meanwhile wait.

    `cache` is the folder that keeps them, by default the setting `cache`. Raises OperatorError when they cannot be
    fetched or are not the bytes that the list of hashes names.
    """
    cache = (cache or settings().path_of_cache()).absolute()
    folder = cache / parts.folder
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(cache / f"{parts.folder}.lock", timeout=LOCK_WAIT_S):
                if not folder.is_dir():
                    say(f"Fetching {parts.title} ({parts.size}, once) into {folder} …")
                    _fetch_into(folder, parts, fetch, unpack)
        except Timeout:
            why = f"another process has held {cache} for {LOCK_WAIT_S:.0f} s while it fetches them"
            raise OperatorError(f"the files of {parts.title}", why, "end that process and try again") from None
    return folder


def _fetch_into(folder: Path, parts: Parts, fetch: Fetch, unpack: Unpack | None) -> None:
    try:
        _fetch_and_check(folder, parts, fetch, unpack)
    except (OSError, RuntimeError) as error:
        why, remedy = f"they could not be fetched ({error})", "check the network and proxy settings, then try again"
        raise OperatorError(f"the files of {parts.title}", why, remedy) from error


@stamina.retry(on=OSError, attempts=3, timeout=None)
def _fetch_and_check(folder: Path, parts: Parts, fetch: Fetch, unpack: Unpack | None) -> None:
    # In a fresh folder each time: the resolver would take a jar that an earlier run left truncated for whole.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as scratch:
        complete = Path(scratch, "complete")
        complete.mkdir()
        for file in fetch(Path(scratch)):
            shutil.move(file, complete / file.name)
        if parts.hashes is not None:
            _check(complete, parts.hashes, parts)
        if unpack is not None:
            unpack(complete)
        complete.replace(folder)


def _check(folder: Path, hashes: tuple[str, str], parts: Parts) -> None:
    found = {file.name: sha256_of(file) for file in folder.iterdir()}
    wrong = sorted({name for name, _ in found.items() ^ parts.expected_sha256().items()})
    if wrong:
        where = "/".join((*hashes[0].split("."), hashes[1]))
        why = f"fetched files differ from {where}: {', '.join(wrong[:5])}"
        raise OperatorError(f"the files of {parts.title}", why, "look at the mirror they come from")


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
