"""What a pipeline stands on: the embedded twins, or the servers of the full stack. The tests are the same for both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.buckets import bucket_of

Setup = Callable[[], Mapping[str, str]]
"""Variables of stores that nobody else uses; each call makes new ones."""

SETUPS = ["embedded", pytest.param("full", marks=pytest.mark.server)]


def setup_named(name: str, fixture: Callable[[str], Any]) -> Setup:
    """Return a set-up; `fixture` starts a server of tests/conftest.py."""
    if name == "embedded":
        return dict
    s3 = fixture("s3")
    return lambda: s3.environment(bucket_of(s3).s3_bucket)
