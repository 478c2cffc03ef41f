"""One recording becomes a clip: it holds video, this is its content, this its camera, and then it began."""

from __future__ import annotations

import hashlib
from pathlib import Path

from app.errors import UnusableVideo
from app.intake.clip import Clip
from app.intake.info import LARGEST_INFO_BYTES, RideInfo, parse_info
from app.intake.layout import Recording, camera_name
from app.intake.start import StartTime, positions_since, start_of
from app.media.probe import probe


def survey(recording: Recording, cameras: int | None, now_us: int) -> Clip:
    """Return the clip of a recording; reads the whole file once. Raises UnusableVideo, which leaves the file out.

    With `cameras` the clip goes to one of so many cameras by its content: every run spreads equal files equally.
    """
    path = recording.path
    name = path.name.encode("utf-8", "replace").decode()
    try:
        facts = probe(path)
        clip_id = content_id(path)
        file_us = path.stat().st_mtime_ns // 1_000
    except OSError as error:
        why = f"it cannot be read ({error.strerror or error})"
        raise UnusableVideo(str(path), why, "make it readable, then run again") from error
    info = _read_info(recording.info)
    start = start_of(info.start_us, facts.created_at_us, file_us, now_us)
    return Clip(
        path=path,
        name=name,
        clip_id=clip_id,
        camera_id=camera_of(recording, info, clip_id, cameras),
        start=start,
        positions=positions_since(start, info),
        notes=tuple(_notes(name, recording, info, start)),
    )


def content_id(path: Path) -> str:
    """Return the blake2b hash of a file's content, 32 hex characters; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def camera_of(recording: Recording, info: RideInfo, clip_id: str, cameras: int | None) -> str:
    """Return a clip's camera: one of so many by content, else the path's user or ride, the info's ride, the folder."""
    if cameras is not None:
        return f"camera-{int(clip_id, 16) % cameras:0{max(2, len(str(cameras - 1)))}d}"
    if recording.named_camera is not None:
        return recording.named_camera
    return camera_name(f"ride-{info.ride_id}") if info.ride_id else recording.folder_camera


def _read_info(path: Path | None) -> RideInfo:
    if path is None:
        return RideInfo()
    try:
        with path.open("rb") as file:
            return parse_info(file.read(LARGEST_INFO_BYTES + 1))
    except OSError as error:
        return RideInfo(fault=f"it cannot be read ({error.strerror})")


def _notes(name: str, recording: Recording, info: RideInfo, start: StartTime) -> list[str]:
    notes = []
    if info.fault:
        notes.append(f"{recording.info}: {info.fault}; {name} goes on without positions")
    if info.dropped_fixes:
        notes.append(f"{recording.info}: {info.dropped_fixes} of its fixes are no places on Earth; left out")
    if info.start_us is not None and start.source != "info":
        notes.append(f"{recording.info}: its start time cannot be true; {name}: {start}")
    return notes
