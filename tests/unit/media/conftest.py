"""Test videos, each made once for a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.media.made_videos import BY_NAME, make


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the path of a test video by its name, made when first asked for."""
    folder = tmp_path_factory.mktemp("made-videos")

    def path(name: str) -> Path:
        known = folder / name
        return known if known.exists() else make(folder, BY_NAME[name])

    return path
