"""Object store in a folder: an object is a file, written aside and renamed,
so that a reader or a crash sees it whole or not at all."""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import shutil
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from app import telemetry
from app.errors import InfrastructureError, ObjectVanished, OperatorError
from app.stores.keys import INCOMING, writable_key
from app.stores.objects import ObjectFacts, checked_key

T = TypeVar("T")

PAGE = 1000
FOLDER_RACES = 20  # times deletes may remove a folder between its making and the rename into it
REMEDIES = {
    errno.ENOSPC: "free space on that disk, or let ROADSIEVE_OBJECTS_DIR name a folder on a larger one",
    errno.EDQUOT: "raise the quota, or let ROADSIEVE_OBJECTS_DIR name a folder elsewhere",
    errno.EACCES: "give this user the right to read and write there",
    errno.EROFS: "mount that disk writable, or let ROADSIEVE_OBJECTS_DIR name a folder elsewhere",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}


class DirectoryObjects:
    """Keep objects as files under a root; blocking calls run in `at_once` threads of its own."""

    def __init__(self, root: Path, at_once: int) -> None:
        """Make the root if need be; raises OperatorError when it cannot be written."""
        self.requests: Counter[str] = Counter()
        self._root = root
        self._incoming = root / INCOMING
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
            probe = self._incoming / uuid.uuid4().hex
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise OperatorError(f"object store {root}", _reason(error), _remedy(error)) from error
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="objects")
        telemetry.store_opened("objects", "directory")

    def close(self) -> None:
        """Wait for the calls under way and end the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def put(self, key: str, body: bytes) -> None:
        """Write an object; on return it survives a power cut."""
        await self._run("put", lambda: self._put(self._target(key), body))
        telemetry.store_moved("objects", "directory", "out", len(body))

    async def get(self, key: str) -> bytes:
        """Return an object's bytes; raises ObjectVanished."""
        path = self._path(key)
        body = await self._run("get", lambda: _existing(key, path.read_bytes))
        telemetry.store_moved("objects", "directory", "in", len(body))
        return body

    async def copy(self, source: str, target: str) -> None:
        """Write the object of one key under another; raises ObjectVanished."""
        from_path, to_path = self._path(source), self._target(target)
        await self._run("copy", lambda: _existing(source, lambda: self._copy(from_path, to_path)))

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove objects and the folders that they leave empty."""
        paths = [self._path(key) for key in keys]
        await self._run("delete", lambda: self._delete(paths))

    async def head(self, key: str) -> ObjectFacts | None:
        """Return the facts of an object, None when there is none."""
        path = self._path(key)
        return await self._run("head", lambda: _facts(key, path))

    async def link(self, key: str, valid_s: float) -> str:
        """Return where the file of an object is, for whoever can read the folder; it is good as long as the file."""
        return self._path(key).absolute().as_uri()

    async def list(self, prefix: str) -> AsyncIterator[ObjectFacts]:
        """Yield objects by prefix in the order of their keys; what appears or vanishes meanwhile may be seen or not."""
        found = self._walk("", prefix)
        while page := await self._run("list", lambda: list(itertools.islice(found, PAGE))):
            for facts in page:
                yield facts

    async def _run(self, verb: str, call: Callable[[], T]) -> T:
        self.requests[verb] += 1
        with telemetry.store_call("objects", "directory", verb), self._translated():
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InfrastructureError(f"object store {self._root}", _reason(error), _remedy(error)) from error

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    def _target(self, key: str) -> Path:
        return self._root / writable_key(key)

    def _put(self, path: Path, body: bytes) -> None:
        aside = self._incoming / uuid.uuid4().hex
        try:
            with open(aside, "xb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            self._rename(aside, path)
        finally:
            aside.unlink(missing_ok=True)

    def _copy(self, source: Path, target: Path) -> None:
        aside = self._incoming / uuid.uuid4().hex
        try:
            try:
                os.link(source, aside)  # objects never change, so two names may share one file
            except FileNotFoundError:
                raise
            except OSError:  # a file system without hard links
                shutil.copyfile(source, aside)
                _sync(aside)
            self._rename(aside, target)
        finally:
            aside.unlink(missing_ok=True)  # a rename between two names of one file does nothing (POSIX)

    def _rename(self, aside: Path, path: Path) -> None:
        for race in itertools.count(1):
            try:
                self._make_folder(path.parent)
                os.replace(aside, path)
                break
            except FileNotFoundError:
                if race == FOLDER_RACES or not aside.exists():
                    raise
        with suppress(FileNotFoundError):  # deleted again meanwhile, with its folder
            _sync(path.parent)

    def _make_folder(self, folder: Path) -> None:
        missing = list(itertools.takewhile(lambda one: not one.is_dir(), (folder, *folder.parents)))
        for one in reversed(missing):
            with suppress(FileExistsError):
                one.mkdir()
            _sync(one.parent)

    def _delete(self, paths: Iterable[Path]) -> None:
        for path in paths:
            self._delete_one(path)

    def _delete_one(self, path: Path) -> None:
        with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            path.unlink()
        for folder in itertools.takewhile(lambda one: one not in (self._root, self._incoming), path.parents):
            try:
                folder.rmdir()
            except OSError:  # not empty, or gone
                return

    def _walk(self, folder: str, prefix: str) -> Iterator[ObjectFacts]:
        """Yield what lies in a folder (a key that ends in "/", or "") and below it."""
        try:
            with os.scandir(self._root / folder) as entries:
                found = [(entry.name + "/" * entry.is_dir(follow_symlinks=False)).encode() for entry in entries]
        except (FileNotFoundError, NotADirectoryError):
            return
        for name in sorted(found):
            key = folder + name.decode()
            if key == INCOMING and not prefix.startswith(INCOMING):
                continue
            if key.endswith("/"):
                if key.startswith(prefix) or prefix.startswith(key):
                    yield from self._walk(key, prefix)
            elif key.startswith(prefix) and (facts := _facts(key, self._root / key)) is not None:
                yield facts


@asynccontextmanager
async def open_directory(root: Path, at_once: int) -> AsyncIterator[DirectoryObjects]:
    """Open the store of a folder; raises OperatorError when it cannot be written."""
    objects = await asyncio.to_thread(DirectoryObjects, root, at_once)
    try:
        yield objects
    finally:
        await asyncio.to_thread(objects.close)


def _facts(key: str, path: Path) -> ObjectFacts | None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return None if path.is_dir() else ObjectFacts(key, status.st_size, status.st_mtime_ns // 1000)


def _existing(key: str, call: Callable[[], T]) -> T:
    try:
        return call()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise ObjectVanished(
            f"object {key}", "it is not in the store", "send the recording again; check the sweep's time to live"
        ) from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: OSError) -> str:
    return f"{(error.strerror or type(error).__name__).lower()} ({error.filename or 'while writing'})"


def _remedy(error: OSError) -> str:
    return REMEDIES.get(error.errno or 0, "look at that disk and at the system's log")
