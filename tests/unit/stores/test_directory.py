"""The folder as object store: what a crash leaves, a full disk, missing rights."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess

import pytest

from app.errors import InfrastructureError, OperatorError
from app.stores.directory import DirectoryObjects
from tests.unit.stores.processes import ended, started


@pytest.fixture
def objects(tmp_path):
    store = DirectoryObjects(tmp_path / "objects", at_once=2)
    yield store
    store.close()


async def keys(objects, prefix):
    return [found.key async for found in objects.list(prefix)]


WRITER = """
import asyncio, sys
from pathlib import Path
from app.stores.directory import DirectoryObjects

BODY = b"x" * 2_000_000

async def write():
    objects = DirectoryObjects(Path(sys.argv[1]), at_once=2)
    for number in range(10**6):
        await asyncio.gather(*(objects.put(f"t/{number}/{part}", BODY) for part in range(2)))
        print(number, flush=True)

asyncio.run(write())
"""


@pytest.mark.slow
async def test_a_killed_writer_leaves_whole_objects_and_half_ones_only_aside(tmp_path):
    root = tmp_path / "objects"
    for _ in range(3):
        writer = await started(WRITER, root)
        try:
            async with asyncio.timeout(30):
                for _ in range(3):
                    assert await writer.stdout.readline()
        finally:
            writer.kill()
            await ended([writer])
    objects = DirectoryObjects(root, at_once=2)
    found = [one async for one in objects.list("t/")]
    assert len(found) >= 6
    assert {one.size_bytes for one in found} == {2_000_000}
    objects.close()


async def test_what_lies_aside_is_listed_only_when_asked_for(objects, tmp_path):
    (tmp_path / "objects/incoming/left").write_bytes(b"half")
    await objects.put("a", b"1")
    assert await keys(objects, "") == ["a"]
    assert await keys(objects, "incoming/") == ["incoming/left"]
    await objects.delete(["incoming/left"])
    assert await keys(objects, "incoming/") == []
    assert (tmp_path / "objects/incoming").is_dir()


async def test_the_last_object_takes_its_folders_along(objects, tmp_path):
    await objects.put("t/cam/day/a", b"1")
    await objects.put("t/other/day/a", b"1")
    await objects.delete(["t/cam/day/a"])
    assert sorted(path.name for path in (tmp_path / "objects/t").iterdir()) == ["other"]


async def test_a_file_system_without_hard_links_copies_bytes(objects, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    await objects.put("a", b"video")
    await objects.copy("a", "b")
    assert await objects.get("b") == b"video"


@pytest.fixture
def small_disk(tmp_path):
    """Give a file system of one MiB."""
    root = tmp_path / "small"
    root.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", root], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a small file system: {mounted.stderr.decode().strip()}")
    yield root
    subprocess.run(["umount", root], check=True)


async def test_a_full_disk_is_said_and_leaves_nothing(small_disk):
    objects = DirectoryObjects(small_disk, at_once=2)
    await objects.put("a", b"x" * 500_000)
    with pytest.raises(InfrastructureError, match=r"no space left on device.*free space on that disk"):
        await objects.put("b", b"x" * 600_000)
    assert await keys(objects, "incoming/") == []
    await objects.delete(["a"])
    await objects.put("b", b"x" * 600_000)
    assert await keys(objects, "") == ["b"]
    objects.close()


FAULTS = {
    "no space": (errno.ENOSPC, "free space on that disk"),
    "no quota": (errno.EDQUOT, "raise the quota"),
    "read-only": (errno.EROFS, "mount that disk writable"),
    "no right": (errno.EACCES, "give this user the right"),
    "too many files": (errno.EMFILE, "ulimit -n"),
    "a broken disk": (errno.EIO, "look at that disk"),
}


@pytest.mark.parametrize(("number", "remedy"), FAULTS.values(), ids=FAULTS)
async def test_what_the_disk_refuses_is_retried_and_says_what_to_do(objects, monkeypatch, number, remedy):
    await objects.put("a", b"old")

    def refuse(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(InfrastructureError) as caught:
        await objects.put("a", b"new")
    monkeypatch.undo()
    assert os.strerror(number).lower() in caught.value.why
    assert remedy in caught.value.remedy
    assert await objects.get("a") == b"old"
    assert await keys(objects, "incoming/") == []


def test_a_root_that_cannot_be_made_stops_the_start(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match=r"object store .*file/objects: not a directory"):
        DirectoryObjects(tmp_path / "file/objects", at_once=1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_root_without_rights_stops_the_start(tmp_path):
    (tmp_path / "objects").mkdir(mode=0o500)
    with pytest.raises(OperatorError, match=r"permission denied .*give this user the right"):
        DirectoryObjects(tmp_path / "objects", at_once=1)
