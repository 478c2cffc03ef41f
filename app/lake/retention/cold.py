"""Where cold files lie: in a folder, or in a Glacier class of S3, from which reading one must be asked for first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlparse

from app.errors import InfrastructureError
from app.lake.retention.plan import Tier
from app.settings import Settings
from app.stores.s3_cold import open_s3_cold


class ColdStore(Protocol):
    """What retention needs of a place for cold files; every method blocks and raises InfrastructureError."""

    costs: bool
    """Whether reading a file back has a price."""

    def put(self, place: str, body: bytes) -> None:
        """Write a file whole, in place of an older one."""

    def remove(self, place: str) -> None:
        """Remove a file; one that is gone already is no error."""

    def request(self, place: str, days: int, tier: Tier) -> None:
        """Ask that a file can be read for some days; asking again is no error."""

    def is_ready(self, place: str) -> bool:
        """Tell whether a file can be read now."""

    def path_of(self, place: str) -> str:
        """Return the path by which a table can name a file that is ready."""


class ColdFolder:
    """Cold files in a sub-directory of the warehouse: always ready, at no cost."""

    costs = False

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when the first file comes."""
        self._folder = folder

    def put(self, place: str, body: bytes) -> None:
        """Write a file whole, in place of an older one."""
        file = self._folder / place
        part = file.with_suffix(".part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(body)
            part.replace(file)
        except OSError as error:
            why = error.strerror or str(error)
            raise InfrastructureError(f"cold file {file}", why, "check that it can be written and has room") from error

    def remove(self, place: str) -> None:
        """Remove a file; one that is gone already is no error."""
        (self._folder / place).unlink(missing_ok=True)

    def request(self, place: str, days: int, tier: Tier) -> None:
        """Do nothing: it can be read at any time."""

    def is_ready(self, place: str) -> bool:
        """Tell whether a file is there."""
        return (self._folder / place).is_file()

    def path_of(self, place: str) -> str:
        """Return the path by which a table can name a file."""
        return f"file://{(self._folder / place).absolute()}"


@contextmanager
def open_cold(location: str, settings: Settings) -> Iterator[ColdStore]:
    """Open the place of cold files of a warehouse, below it; raises as the client of S3 does."""
    parts = urlparse(location)
    if parts.scheme != "s3":
        yield ColdFolder(Path(parts.path) / "cold")
        return
    prefix = f"{parts.path.strip('/')}/cold".lstrip("/")
    with open_s3_cold(settings, parts.netloc, prefix) as store:
        yield store
