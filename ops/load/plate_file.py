"""Writes made plate results as JSON Lines, plain or packed, and their truth beside them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

import pyzstd

from app.errors import OperatorError
from ops.load.plates import PlateMaker, PlateOrder, PlateTruth, truth_in, truth_text

TOLD_LINES = 10_000


def write_plates(path: Path, order: PlateOrder, told: Callable[[PlateTruth], None]) -> PlateTruth:
    """Write an order to a file, packed as its ending says, and its truth to FILE.truth; says how far it is.

    Raises OperatorError where the file cannot be written; what was begun is removed.
    """
    maker = PlateMaker(order)
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _created(part, path.suffix) as file:
            for number, line in enumerate(maker.lines()):
                file.write(line + b"\n")
                if number % TOLD_LINES == 0:
                    told(maker.truth)
        truth_file(path).write_text(truth_text(order, maker.truth))
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise OperatorError(str(path), str(error.strerror or error), "make room and rights to write there") from error
    return maker.truth


def truth_file(path: Path) -> Path:
    """Return where the truth of a file lies."""
    return path.with_name(f"{path.name}.truth")


def read_truth(path: Path) -> PlateTruth:
    """Return the truth of a file that was written."""
    return truth_in(truth_file(path).read_text())


def _created(path: Path, ending: str) -> BinaryIO:
    if ending == ".gz":
        return cast(BinaryIO, gzip.GzipFile(path, "wb", compresslevel=1, mtime=0))
    if ending == ".zst":
        return cast(BinaryIO, pyzstd.ZstdFile(path, "wb", level_or_option=1))
    return path.open("wb", buffering=1 << 20)
