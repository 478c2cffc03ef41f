"""Brings a keyspace to the tables that this program knows: numbered files of cql_schema/, forward only, each once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from app.errors import OperatorError
from app.settings import Settings
from app.stores.cql_session import CqlSession, access_of

MADE_TABLE = (
    "CREATE TABLE IF NOT EXISTS migrations (catalog text, number int, file text, sha256 text, "
    "PRIMARY KEY ((catalog), number))"
)
LISTED = "SELECT number, sha256 FROM migrations WHERE catalog = 'roadsieve'"
NOTED = "INSERT INTO migrations (catalog, number, file, sha256) VALUES ('roadsieve', %s, %s, %s)"
FILLED = {
    3: (
        "SELECT DISTINCT tag, day, hour_of_day FROM frames_by_tag",
        "INSERT INTO hours_by_tag (tag, day, hour_of_day) VALUES (%s, %s, %s)",
    ),
}
"""After the statements of a migration: which rows are selected, and where each goes."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, its name, and its statements, each of which may be run again after a crash."""

    number: int
    file: str
    text: str

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the file, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        """Return the statements without comments."""
        lines = [line for line in self.text.splitlines() if not line.lstrip().startswith("--")]
        return [statement.strip() for statement in "\n".join(lines).split(";") if statement.strip()]


def migrations() -> list[Migration]:
    """Return all that this program knows, in order."""
    found = [file for file in files("app.stores").joinpath("cql_schema").iterdir() if file.name.endswith(".cql")]
    return sorted(
        (Migration(int(file.name.split("_")[0]), file.name, file.read_text()) for file in found),
        key=lambda one: one.number,
    )


def missing(known: Sequence[Migration], applied: Mapping[int, str], where: str) -> list[Migration]:
    """Return what is still to be applied; pure.

    Raises OperatorError where a newer program was here, or a file is no longer what it was when it was applied.
    """
    what, newest = f"catalog at {where}", max((one.number for one in known), default=0)
    if newer := [number for number in applied if number > newest]:
        why = f"its schema is version {max(newer)}, this program knows {newest}: a newer one was here"
        raise OperatorError(what, why, "use that program, or another keyspace")
    if changed := [one.file for one in known if applied.get(one.number, one.sha256) != one.sha256]:
        why = f"it was made by another {changed[0]} than this program has"
        raise OperatorError(what, why, "restore the file: a change is a new file with the next number")
    return [one for one in known if one.number not in applied]


def require(session: CqlSession) -> None:
    """Raise OperatorError unless the keyspace is migrated as this program needs it; blocks."""
    found = session.ask(LISTED) if session.has_table("migrations") else []
    if left := missing(migrations(), dict(found), session.where):
        why = f"its tables are not there yet: {', '.join(one.file for one in left)}"
        raise OperatorError(f"catalog at {session.where}", why, "run `roadsieve catalog migrate`")


def migrate(settings: Settings) -> list[str]:
    """Make the keyspace if need be and apply what is missing; return the files that were applied. Blocks."""
    access = access_of(settings)
    session = CqlSession(access, None)
    try:
        session.ask(
            f"CREATE KEYSPACE IF NOT EXISTS {settings.cql_keyspace} WITH replication = "
            f"{{'class': 'NetworkTopologyStrategy', 'replication_factor': {settings.cql_replication}}}"
        )
    finally:
        session.close()
    session = CqlSession(access, settings.cql_keyspace)
    try:
        session.ask(MADE_TABLE)
        left = missing(migrations(), dict(session.ask(LISTED)), session.where)
        for migration in left:
            for statement in migration.statements:
                if not _is_there(session, statement):
                    session.ask(statement)
            if migration.number in FILLED:
                selected, inserted = FILLED[migration.number]
                for row in session.ask(selected):
                    session.ask(inserted, row)
            session.ask(NOTED, (migration.number, migration.file, migration.sha256))
        return [migration.file for migration in left]
    finally:
        session.close()


def _is_there(session: CqlSession, statement: str) -> bool:
    """Tell whether a column was added already, before a crash: ScyllaDB has no `ADD IF NOT EXISTS`."""
    match statement.split():
        case ["ALTER", "TABLE", table, "ADD", column, *_]:
            return session.has_column(table, column)
    return False
