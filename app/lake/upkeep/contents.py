"""What a table's snapshots name, and what lies in its folder; every function blocks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any, cast

from pyarrow.fs import FileInfo, FileSelector, FileSystem, FileType
from pyiceberg.io import FileIO
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import DataFile, ManifestFile
from pyiceberg.table import Table

from app.errors import InfrastructureError
from app.lake.upkeep.plan import Lying, Piece


def data_files(table: Table) -> dict[str, DataFile]:
    """Return the data files of the newest snapshot by path."""
    snapshot = table.current_snapshot()
    if snapshot is None:
        return {}
    return {
        entry.data_file.file_path: entry.data_file
        for manifest in snapshot.manifests(table.io)
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
    }


def tells_of_gone(table: Table) -> bool:
    """Tell whether the newest snapshot describes files that it no longer has."""
    snapshot = table.current_snapshot()
    manifests = snapshot.manifests(table.io) if snapshot else []
    return any(one.deleted_files_count != 0 for one in manifests)


def pieces(files: Iterable[DataFile]) -> list[Piece]:
    """Return data files as plain facts."""
    return [Piece(one.file_path, day_of(one), one.record_count, one.file_size_in_bytes) for one in files]


def day_of(file: DataFile) -> str:
    """Return the day, YYYY-MM-DD, that a data file holds."""
    return datetime.fromtimestamp(file.partition[0] * 86_400, UTC).date().isoformat()


def named_by(table: Table, snapshot_ids: Collection[int]) -> set[str]:
    """Return every file that these snapshots need: manifest lists, manifests, data."""
    found: set[str] = set()
    manifests: dict[str, ManifestFile] = {}
    for snapshot in table.snapshots():
        if snapshot.snapshot_id in snapshot_ids:
            found.add(snapshot.manifest_list)
            manifests |= {one.manifest_path: one for one in snapshot.manifests(table.io)}
    for path, manifest in manifests.items():
        found.add(path)
        entries = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
        found |= {entry.data_file.file_path for entry in entries}
    return found


def named(table: Table) -> set[str]:
    """Return every file that the table needs, its own descriptions among them."""
    logged = {entry.metadata_file for entry in table.metadata.metadata_log}
    return {table.metadata_location} | logged | named_by(table, {one.snapshot_id for one in table.snapshots()})


def folder_of(table: Table) -> Folder:
    """Return the folder of a table."""
    return Folder(table.location(), table.io)


class Folder:
    """A folder of the warehouse, wherever it lies."""

    def __init__(self, location: str, io: FileIO) -> None:
        """Take where it is, and what reaches its files."""
        self._location = location.rstrip("/")
        self._io = cast(PyArrowFileIO, io)
        scheme, netloc, self._path = self._io.parse_location(self._location)
        self._system: FileSystem = self._io.fs_by_scheme(scheme, netloc)

    def lying(self, below: str = "") -> list[Lying]:
        """Return the files in it; an empty list when it is not there."""
        selector = FileSelector(f"{self._path}/{below}".rstrip("/"), allow_not_found=True, recursive=True)
        infos: list[FileInfo] = self._asked("list", lambda: self._system.get_file_info(selector))
        return [
            Lying(info.path[len(self._path) + 1 :], round(info.mtime.timestamp() * 1e6), info.size)
            for info in infos
            if info.type == FileType.File
        ]

    def place_of(self, path: str) -> str:
        """Return where in the folder a path of the catalog lies; the path itself when it lies elsewhere."""
        return path.removeprefix(f"{self._location}/")

    def path_of(self, place: str) -> str:
        """Return the path by which the catalog names a place."""
        return f"{self._location}/{place}"

    def read(self, place: str) -> bytes:
        """Return what a file holds."""
        with self._io.new_input(self.path_of(place)).open() as file:
            return file.read()

    def write(self, place: str, body: bytes) -> None:
        """Write a file whole, in place of an older one."""

        def put() -> None:
            with self._io.new_output(self.path_of(place)).create(overwrite=True) as out:
                out.write(body)

        self._asked(f"write {place} in", put)

    def remove(self, places: Iterable[str]) -> None:
        """Remove files; one that is gone already is no error."""
        for place in places:
            try:
                self._io.delete(self.path_of(place))
            except FileNotFoundError:
                continue
            except OSError as error:
                raise self._failed("remove from", error) from error

    def _asked(self, what: str, ask: Any) -> Any:
        try:
            return ask()
        except OSError as error:
            raise self._failed(what, error) from error

    def _failed(self, what: str, error: OSError) -> InfrastructureError:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        return InfrastructureError(
            f"lake folder {self._location}", f"cannot {what} it: {why}", "check that the warehouse can be reached"
        )
