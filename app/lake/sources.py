"""Where logs lie: files, folders, and objects of a bucket; each is opened as a file when its turn comes."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from app.errors import DataError, MalformedRecord
from app.settings import Settings
from app.stores.s3_folder import SCHEME, ListedObject, S3Folder, open_s3_folder

ENDINGS = (".json", ".jsonl", ".ndjson", ".gz", ".zst")


@dataclass(frozen=True, slots=True)
class Log:
    """One log: its name for people, what makes it this log and no other, and how it is had as a file."""

    name: str
    identity: str
    opened: Callable[[], AbstractAsyncContextManager[Path]]

    @property
    def stem(self) -> str:
        """Return the name of the file without its endings."""
        return self.name.rpartition("/")[2].split(".")[0]


@asynccontextmanager
async def open_logs(
    places: Sequence[str], settings: Settings
) -> AsyncIterator[tuple[list[Log], list[DataError]]]:  # fmt: skip
    """Yield the logs at some places, and what is wrong with the others; buckets are asked once.

    Raises OperatorError for a bucket that cannot be used and InfrastructureError when it is not reached.
    """
    logs: list[Log] = []
    wrong: list[DataError] = []
    async with AsyncExitStack() as stack:
        folder: S3Folder | None = None
        for place in places:
            if not place.startswith(SCHEME):
                files, missing = log_files([Path(place)])
                logs += [_local(file) for file in files]
                wrong += missing
                continue
            if folder is None:
                folder = await stack.enter_async_context(open_s3_folder(settings))
            try:
                found = await folder.below(place)
            except DataError as error:
                wrong.append(error)
                continue
            named = [one for one in found if one.key.lower().endswith(ENDINGS) or str(one) == place]
            logs += [_remote(folder, one) for one in named]
            if not named:
                why = f"nothing there ends with {', '.join(ENDINGS)}"
                wrong.append(MalformedRecord(f"address {place}", why, "correct the prefix"))
        yield logs, wrong


def log_files(paths: Iterable[Path]) -> tuple[list[Path], list[MalformedRecord]]:
    """Return the log files that paths name, folders searched by their endings; and what is not there."""
    files: list[Path] = []
    missing: list[MalformedRecord] = []
    for path in paths:
        if path.is_dir():
            found = sorted(one for one in path.rglob("*") if one.is_file() and one.name.lower().endswith(ENDINGS))
            files += found
            if not found:
                why = f"it holds no {', '.join(ENDINGS)}"
                missing.append(MalformedRecord(f"folder {path}", why, "name the files"))
        elif path.is_file():
            files.append(path)
        else:
            missing.append(MalformedRecord(f"log {path}", "there is no such file or folder", "check the path"))
    return files, missing


def _local(file: Path) -> Log:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Path]:
        yield file

    facts = file.stat()
    return Log(str(file), _identity(f"{file.absolute()}\n{facts.st_size}\n{facts.st_mtime_ns}"), opened)


def _remote(folder: S3Folder, listed: ListedObject) -> Log:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Path]:
        with tempfile.TemporaryDirectory(prefix="roadsieve-log-") as scratch:
            await folder.fetch(listed, Path(scratch) / "log")
            yield Path(scratch) / "log"

    return Log(str(listed), _identity(f"{listed}\n{listed.size_bytes}\n{listed.etag}"), opened)


def _identity(facts: str) -> str:
    return blake2b(facts.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
