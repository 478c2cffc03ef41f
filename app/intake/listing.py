"""The files under the given paths; what cannot be listed is said, and the rest goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.intake.outcome import Skipped

_NOT_THERE = "check the path; folders are searched for video files, any file named itself is taken as one"


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found: every file, those that the user named themselves, and what could not be listed."""

    files: tuple[Path, ...]
    named: frozenset[Path]
    skipped: tuple[Skipped, ...]


def list_files(paths: Sequence[Path]) -> Listing:
    """Return the files under the paths; hidden ones are left out, links to folders are not followed.

    For a path inside a `videos` folder the `info` folder beside it is listed too, for a single file the JSON beside it.
    """
    files: dict[Path, None] = {}
    named: set[Path] = set()
    skipped: list[Skipped] = []
    for path in paths:
        whole = Path(os.path.abspath(path))
        if whole.is_dir():
            files.update(dict.fromkeys(_walk(whole, skipped)))
        elif whole.is_file():
            named.add(whole)
            files.update(dict.fromkeys(one for one in (whole, whole.with_suffix(".json")) if one.is_file()))
        else:
            why = "it is neither a file nor a folder" if whole.exists() else "there is no such file or folder"
            skipped.append(Skipped(str(path), why, _NOT_THERE))
            continue
        for info in _info_beside(whole):
            files.update(dict.fromkeys(one for one in _walk(info, skipped) if one.suffix.lower() == ".json"))
    return Listing(tuple(files), frozenset(named), tuple(skipped))


def _walk(folder: Path, skipped: list[Skipped]) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        skipped.append(
            Skipped(
                str(error.filename),
                f"the folder cannot be listed ({error.strerror})",
                "make it readable, then run again",
            )
        )

    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _info_beside(path: Path) -> Iterator[Path]:
    for videos in (path, *path.parents):
        if videos.name.lower() == "videos" and (videos.parent / "info").is_dir():
            yield videos.parent / "info"
            return
