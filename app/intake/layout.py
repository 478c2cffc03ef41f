"""Which files of a listing are videos, which camera they belong to by their path, and where their info JSON lies; pure.

    anything/*.mp4                                        one camera per folder
    user_N/videos/*.mov             user_N/info/*.json    one camera per user
    videos/100k/{train,val,test}/*.mov
    info/100k/{train,val}/*.json, info/{train,val}/*.json one camera per ride: the first half of BDD100K's file names

An info JSON is found by the file's stem: its own field `filename` is unreliable.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

VIDEO_SUFFIXES: Final = frozenset(
    f".{name}"
    for name in (
        *("mp4", "mov", "m4v", "3gp", "mkv", "webm", "avi", "flv", "wmv", "asf"),
        *("ts", "mts", "m2ts", "mpg", "mpeg", "h264", "h265"),
    )
)
BDD100K_STEM: Final = re.compile(r"([0-9a-f]{8})-[0-9a-f]{8}")
_NAME_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class Recording:
    """One video file and what its path says."""

    path: Path
    info: Path | None
    folder_camera: str
    """Camera by the folder that holds the file; the last resort."""
    named_camera: str | None
    """Camera by the user's folder or the ride in the file's name; None where the path names none."""


def is_video(path: Path) -> bool:
    """Tell by the suffix, in any case, whether a file should hold video."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def discover(files: Iterable[Path], named: Collection[Path] = ()) -> list[Recording]:
    """Return the videos of a listing in the order of their paths, each with its info JSON where there is one.

    A file that the user named is taken as video whatever its suffix, a JSON excepted.
    """
    videos: set[Path] = set()
    infos: dict[str, list[Path]] = defaultdict(list)
    for path in files:
        if path.suffix.lower() == ".json":
            infos[path.stem].append(path)
        elif is_video(path) or path in named:
            videos.add(path)
    return [
        Recording(path, _info_of(path, infos.get(path.stem, ())), _folder(path), _named(path))
        for path in sorted(videos)
    ]


def in_turn(recordings: Sequence[Recording]) -> Iterator[Recording]:
    """Yield the recordings so that cameras known by their path take turns, each camera's own in order."""
    cameras: dict[str, deque[Recording]] = defaultdict(deque)
    for recording in recordings:
        cameras[recording.named_camera or recording.folder_camera].append(recording)
    turns = deque(cameras.values())
    while turns:
        camera = turns.popleft()
        yield camera.popleft()
        if camera:
            turns.append(camera)


def camera_name(text: str) -> str:
    """Return a name fit for keys and paths: letters, digits, dot, dash, underscore; a changed name ends with a hash."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")[:_NAME_LENGTH]
    if plain == text:
        return plain
    mark = blake2b(text.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    return f"{plain or 'camera'}-{mark}"


def _folder(video: Path) -> str:
    holder = video.parent.parent if video.parent.name.lower() == "videos" else video.parent
    return camera_name(holder.name or "camera")


def _named(video: Path) -> str | None:
    if video.parent.name.lower() == "videos" and video.parent.parent.name:
        return camera_name(video.parent.parent.name)
    ride = BDD100K_STEM.fullmatch(video.stem)
    return f"ride-{ride[1]}" if ride else None


def _info_of(video: Path, candidates: Sequence[Path]) -> Path | None:
    """Return the candidate beside the video, else the one in an `info` folder that shares most of the video's path.

    Label files have the same stems, so that a JSON elsewhere is not taken for an info.
    """
    beside = [path for path in candidates if path.parent == video.parent]
    within = [path for path in candidates if "info" in _below(path, video)]
    ranked = sorted(beside or within, key=lambda path: (-_shared(path, video), len(path.parts), path))
    return ranked[0] if ranked else None


def _below(path: Path, video: Path) -> tuple[str, ...]:
    """Return the folders of a path that lie below what it shares with the video's."""
    return tuple(part.lower() for part in path.parts[_shared(path, video) : -1])


def _shared(path: Path, video: Path) -> int:
    shared = 0
    for one, other in zip(path.parts[:-1], video.parts[:-1], strict=False):
        if one != other:
            break
        shared += 1
    return shared
