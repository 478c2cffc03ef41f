"""Jars and archives by their Maven coordinates, from Python alone; the caller checks which bytes they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

REQUEST_TIMEOUT_S = 60


def jars(coordinates: str, scratch: Path) -> list[Path]:
    """Fetch what the coordinates name and all that it depends on; `a:b:1+c:d:2` names two."""
    from jgo.env import EnvironmentBuilder  # here: its import takes a third of a second that only the first start needs

    context = _context(scratch)
    environment = EnvironmentBuilder(context=context, cache_dir=scratch / "environments").from_endpoint(coordinates)
    return sorted(Path(environment.path).rglob("*.jar"))


def archive(group: str, artifact: str, version: str, classifier: str, scratch: Path) -> list[Path]:
    """Fetch the one tar.gz of an artifact that has the classifier."""
    project = _context(scratch).project(group, artifact).at_version(version)
    return [Path(project.artifact(classifier=classifier, packaging="tar.gz").resolve())]


def _context(scratch: Path) -> Any:
    from jgo.config import GlobalSettings  # as above
    from jgo.maven import MavenContext

    mirrors = GlobalSettings.load().repositories or None
    return MavenContext(repo_cache=scratch / "repository", remote_repos=mirrors, timeout=REQUEST_TIMEOUT_S)
