"""Laws of the librarian: the archive is whole before the temporary video goes, and a repeat changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents import librarian
from app.errors import ObjectVanished
from app.media.still import stills
from app.stores.keys import archived_still_key, archived_video_key
from tests.agents.one_batch import Stage, settings_in, staged
from tests.agents.records import decided, recorded, stored

SEGMENT = recorded()[0]
TEMPORARY = stored(SEGMENT).object_key


async def everything(stage: Stage) -> dict[str, bytes]:
    objects = librarian.objects()
    return {found.key: await objects.get(found.key) async for found in objects.list("")}


async def test_kept_frames_become_stills_of_exactly_those_frames_and_the_video_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(librarian, settings_in(tmp_path), monkeypatch) as stage:
        await librarian.objects().put(TEMPORARY, SEGMENT.video)
        (archived,) = (await stage.run([decided(SEGMENT, (5,))]))["segments.archived"]
        (picture,) = stills(SEGMENT.video, [5], 90, 9000)
        assert await everything(stage) == {archived_still_key(SEGMENT.facts, 5): picture}
        assert [(still.frame_index, still.size_bytes) for still in archived.stills] == [(5, len(picture))]
        assert archived.video_key == "" and archived.source_bytes == len(SEGMENT.video)


async def test_the_video_is_kept_byte_for_byte_where_the_policy_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(librarian, settings_in(tmp_path), monkeypatch) as stage:
        await librarian.objects().put(TEMPORARY, SEGMENT.video)
        await stage.run([decided(SEGMENT, (0, 5), keep_video=True)])
        left = await everything(stage)
        assert left[archived_video_key(SEGMENT.facts)] == SEGMENT.video and len(left) == 3


async def test_nothing_of_a_segment_without_kept_frames_remains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(librarian, settings_in(tmp_path), monkeypatch) as stage:
        await librarian.objects().put(TEMPORARY, SEGMENT.video)
        (archived,) = (await stage.run([decided(SEGMENT, ())]))["segments.archived"]
        assert await everything(stage) == {} and archived.stills == ()


@pytest.mark.parametrize("keep_video", [False, True])
async def test_a_repeat_after_a_crash_tells_the_same_from_what_the_first_run_archived(
    keep_video: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(librarian, settings_in(tmp_path), monkeypatch) as stage:
        await librarian.objects().put(TEMPORARY, SEGMENT.video)
        decision = decided(SEGMENT, (0, 5), keep_video)
        first, left = await stage.run([decision]), await everything(stage)
        assert await stage.run([decision]) == first
        assert await everything(stage) == left


async def test_the_temporary_video_stays_until_the_archive_is_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(librarian, settings_in(tmp_path), monkeypatch) as stage:
        objects, calls = librarian.objects(), list[tuple[str, str]]()
        await objects.put(TEMPORARY, SEGMENT.video)
        for verb in ("put", "copy", "delete"):
            true_call = getattr(type(objects), verb)

            async def told(*args: object, verb: str = verb, true_call: object = true_call) -> None:
                await true_call(objects, *args)  # type: ignore[operator]  # an adapter's method
                calls.append((verb, str(args[-1] if verb == "copy" else args[0])))

            monkeypatch.setattr(objects, verb, told)
        await stage.run([decided(SEGMENT, (0, 5), keep_video=True)])
        assert [verb for verb, _ in calls] == ["put", "put", "copy", "delete"]


async def test_a_video_that_is_in_neither_place_is_a_letter_that_names_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(librarian, settings_in(tmp_path), monkeypatch) as stage:
        with pytest.raises(ObjectVanished) as caught:
            await stage.run([decided(SEGMENT, (0,))])
        assert TEMPORARY in str(caught.value) and archived_still_key(SEGMENT.facts, 0) in str(caught.value)
