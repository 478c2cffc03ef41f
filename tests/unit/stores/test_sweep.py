"""The sweep removes what is old and temporary, and nothing else."""

from __future__ import annotations

import os

import pytest

from app.stores.directory import DirectoryObjects
from app.stores.objects import ObjectFacts
from app.stores.sweep import is_expired, sweep

NOW_US = 1_700_000_000_000_000
HOUR_US = 3_600_000_000


@pytest.mark.parametrize(
    ("age_us", "expired"), [(HOUR_US + 1, True), (HOUR_US, False), (0, False), (-HOUR_US, False), (100 * HOUR_US, True)]
)
def test_an_object_expires_after_its_time_to_live(age_us, expired):
    assert is_expired(ObjectFacts("temporary/a", 1, NOW_US - age_us), NOW_US, HOUR_US) is expired


async def test_old_temporary_objects_and_leftovers_go_the_rest_stays(tmp_path):
    objects = DirectoryObjects(tmp_path, at_once=2)
    for key in ("temporary/c/old.mp4", "temporary/c/new.mp4", "archive/x/old.jpg"):
        await objects.put(key, b"12345")
    (tmp_path / "incoming/old").write_bytes(b"half")
    (tmp_path / "incoming/new").write_bytes(b"half")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            age_s = 7200 if path.name.startswith("old") else 60
            os.utime(path, (NOW_US / 1e6 - age_s,) * 2)

    swept = await sweep(objects, NOW_US, HOUR_US)

    assert [(found.key, found.size_bytes) for found in swept.temporary] == [("temporary/c/old.mp4", 5)]
    assert [found.key for found in swept.incoming] == ["incoming/old"]
    assert [found.key async for found in objects.list("")] == ["archive/x/old.jpg", "temporary/c/new.mp4"]
    assert [found.key async for found in objects.list("incoming/")] == ["incoming/new"]
    again = await sweep(objects, NOW_US, HOUR_US)
    assert (again.temporary, again.incoming) == ((), ())
    objects.close()
