"""Pictures go when the last holder lets go, not when a collector comes by: until then a worker would grow."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest

from app.media import CodedSegment, Sampling, cut, decode_sampled
from app.media.still import stills

WORK: dict[str, Callable[[CodedSegment], object]] = {
    "sampling": lambda one: decode_sampled(one.video, Sampling(fps=5), lambda wh: [wh], 0, one.duration_us),
    "stills": lambda one: stills(one.video, [0, 3]),
}


@pytest.fixture
def uncollected() -> Iterator[list[object]]:
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.slow
@pytest.mark.parametrize("kind", WORK)
@pytest.mark.parametrize("name", ["short-gop.mp4", "open-gop-pyramid.mp4"])
def test_no_picture_is_left_to_the_collector(
    kind: str, name: str, made: Callable[[str], Path], uncollected: list[object]
) -> None:
    for segment in cut(made(name)):
        WORK[kind](segment)
    gc.collect()
    assert [one for one in uncollected if isinstance(one, av.VideoFrame)] == []
