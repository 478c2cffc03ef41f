"""Millions of rows as files of Cassandra, made by its own writer in a Java of its own: once, then kept in the cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

from app.errors import OperatorError
from app.settings import settings
from app.stores.cql_migrations import migrations
from ops.stack.cassandra import Home
from ops.stack.fetched import Say

WRITE_S = 3600.0
READS_THEM = (
    "-Dcassandra.config.allow_system_properties=true", "-Dcassandra.settings.storage_compatibility_mode=NONE",
)  # fmt: skip
"""Flags of a node that reads what Cassandra 5 writes where no older node need be understood."""
CACHED = ("-Dcassandra.settings.file_cache_enabled=true", "-Dcassandra.settings.file_cache_size=256MiB")
"""Flags of a node that keeps what was read last unpacked, as ScyllaDB always does and Cassandra where it is told to."""


def written(home: Home, frames: int, say: Say) -> Path:
    """Return a folder with a folder for each table that holds the rows of so many frames.

    OperatorError where there is no Java with a compiler: Rows.java is run from its source.
    """
    program = files("ops.bench.sstables").joinpath("Rows.java")
    schema = "".join(one.text for one in migrations())
    version = hashlib.sha256(program.read_bytes() + schema.encode()).hexdigest()[:8]
    folder = settings().path_of_cache() / "bench" / f"catalog-{frames}-{version}"
    if folder.exists():
        return folder
    say(f"writing the rows of {frames:,} frames as files, once")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        arguments = files("ops.stack").joinpath("cassandra_conf", "jvm17.args")
        tables = Path(scratch, "schema.cql")
        tables.write_text(schema)
        with as_file(arguments) as flags, as_file(program) as source:
            command = [str(home.java), f"@{flags}", "-Xmx1g", "-cp", f"{home.jars}/*", str(source), str(tables)]
            done = subprocess.run(
                [*command, f"{scratch}/tables", str(frames)], cwd=scratch, capture_output=True, text=True,
                timeout=WRITE_S, check=False,
            )  # fmt: skip
        if done.returncode:
            why = " ".join(done.stderr.split())[-300:]
            raise OperatorError("rows as files of Cassandra", why, "install a JDK of version 17 with its compiler")
        Path(scratch, "tables").rename(folder)
    return folder


def put_into(data: Path, keyspace: str, folder: Path) -> None:
    """Put the files of each table where a node that does not run now finds them when it starts."""
    for table in folder.iterdir():
        [place] = (data / "data" / keyspace).glob(f"{table.name}-*")
        for file in table.iterdir():
            try:
                os.link(file, place / file.name)
            except OSError:  # another file system
                shutil.copy(file, place / file.name)
