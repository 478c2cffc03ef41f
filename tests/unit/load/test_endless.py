"""Laws of the endless stream: clips keep coming, nobody's disk fills, and nothing is left behind."""

import asyncio
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from app.errors import OperatorError
from ops.load import endless


def renders(child: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):  # it has ended just now
        return "scenes" in child.cmdline()
    return False


@pytest.mark.slow  # clips of full size, each made by a process of its own
async def test_clips_keep_coming_and_leave_nothing_behind() -> None:
    videos: set[str] = set()
    async with endless.clips(seed=1, seconds=1.0, at_once=3) as made:
        async with asyncio.timeout(90):
            async for folders in made:
                for folder in folders:
                    videos |= {video.name for video in (folder / "videos").rglob("*.mov")}
                    whole = folder.parent
                if len(videos) >= 2:
                    break
        making = [child for child in psutil.Process().children() if renders(child)]
    assert not whole.exists()
    assert psutil.wait_procs(making, timeout=10)[1] == []


@pytest.mark.slow
async def test_a_clip_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    in_the_way = tmp_path / "0"
    in_the_way.write_text("")
    with pytest.raises(OperatorError, match="rendering scenes"):
        await endless._make(in_the_way, 1, 1.0)
