"""Object keys: one place for each thing, whatever people call their cameras."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.errors import MalformedRecord
from app.stores.keys import archived_still_key, archived_video_key, escape, temporary_key
from app.stores.objects import checked_key
from schemas.records import SegmentFacts

FACTS = SegmentFacts(
    segment_id="0123456789abcdef0123456789abcdef",
    camera_id="cam-1",
    archive="fleet",
    clip_id="c",
    clip_name="a.mov",
    sequence=3,
    recorded_at_us=1_700_000_000_000_000,
    time_source="info",
    ingested_at_us=0,
    clip_offset_us=0,
    duration_us=1,
    frame_count=1,
    codec="h264",
    container="mp4",
    width_px=1,
    height_px=1,
    rotation_deg=0,
    positions=(),
)


def test_the_keys_are_those_of_the_design():
    assert temporary_key(FACTS) == "temporary/cam-1/2023-11-14/0123456789abcdef0123456789abcdef.mp4"
    shelf = "archive/fleet/2023-11-14/cam-1/0123456789abcdef0123456789abcdef"
    assert archived_video_key(FACTS) == f"{shelf}/video.mp4"
    assert archived_still_key(FACTS, 7) == f"{shelf}/0007.jpg"
    assert archived_video_key(replace(FACTS, container="mkv")) == f"{shelf}/video.mkv"


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("cam-1_A.b~", "cam-1_A.b~"),
        ("front left", "front%20left"),
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("...", "%2E%2E%2E"),
        ("C:\\cam", "C%3A%5Ccam"),
        ("50%", "50%25"),
        ("камера", "%D0%BA%D0%B0%D0%BC%D0%B5%D1%80%D0%B0"),
        ("a\0b\n", "a%00b%0A"),
    ],
)
def test_odd_names_are_escaped(name, escaped):
    assert escape(name) == escaped
    assert unquote(escaped) == name


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_escaping_is_safe_and_can_be_undone(name):
    escaped = escape(name)
    assert unquote(escaped) == name
    assert checked_key(escaped) == escaped
    assert "/" not in escaped


@pytest.mark.slow
@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_cameras_that_differ_never_share_a_key(one, other):
    assume(one != other)
    assert temporary_key(replace(FACTS, camera_id=one)) != temporary_key(replace(FACTS, camera_id=other))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"camera_id": ""}, "a part of it is empty"),
        ({"camera_id": "я" * 100}, "a part of it is longer than 255 bytes"),
        ({"container": "avi"}, "its container is 'avi', not mp4 or mkv"),
        ({"container": "../mp4"}, "not mp4 or mkv"),
        ({"recorded_at_us": 2**62}, "outside the years 1 to 9999"),
        ({"recorded_at_us": -(2**62)}, "outside the years 1 to 9999"),
    ],
)
def test_facts_that_give_no_key_are_the_records_fault(changes, why):
    with pytest.raises(MalformedRecord) as caught:
        temporary_key(replace(FACTS, **changes))
    assert why in caught.value.why
