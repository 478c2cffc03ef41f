"""The house as the laws see it: its rooms, its files (kept in git or about to be), its sources and what they import."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("agents", "app", "models", "ops", "schemas")
# What runs in environments of its own: the same job written for other engines (ops/bench/environments.py makes them),
# and the training of the network that ships (ops/train/requirements.txt).
ELSEWHERE = frozenset({Path("ops/bench/peers"), Path("ops/train")})


@cache
def files() -> tuple[Path, ...]:
    """Return every file that git keeps or would keep, relative to the root; skip where this is no checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs git and a checkout to know which files belong to the project")
    return tuple(path for path in map(Path, sorted(set(listed.splitlines()))) if (ROOT / path).is_file())


def python_files() -> list[Path]:
    """Return every Python file, relative to the root."""
    return [path for path in files() if path.suffix == ".py"]


def room_files() -> list[Path]:
    """Return the Python files of the rooms: what runs in our own environment."""
    return [path for path in python_files() if path.parts[0] in ROOMS and not ELSEWHERE & set(path.parents)]


@cache
def text_of(path: Path) -> str | None:
    """Return a file's text, or None for a binary one."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


@cache
def syntax_of(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(text_of(path) or "", filename=str(path))


@cache
def libraries_of(path: Path) -> frozenset[str]:
    """Return the top-level packages of others that a file imports, the standard library included."""
    found = set()
    for node in ast.walk(syntax_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return frozenset(found - set(ROOMS) - {"tests", "__future__"})


def is_standard(library: str) -> bool:
    """Tell whether a library comes with Python."""
    return library in sys.stdlib_module_names


@cache
def pyproject() -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())
