"""Buckets of the S3 server of the tests: each test has its own."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.settings import Settings
from app.stores.s3_bucket import create_bucket
from ops.stack.ports import free_ports
from ops.stack.s3 import ACCESS_KEY, SECRET_KEY, S3Server, prepare


def settings_of(server: S3Server, **different: Any) -> Settings:
    """Return settings that name a bucket of a server; it may not exist."""
    named = {
        "s3_endpoint": server.endpoint, "s3_bucket": f"test-{uuid.uuid4().hex}", "s3_region": "us-east-1",
        "s3_access_key": ACCESS_KEY, "s3_secret_key": SecretStr(SECRET_KEY),
    }  # fmt: skip
    return Settings(**{**named, **different})


def bucket_of(server: S3Server, **different: Any) -> Settings:
    """Make a bucket; return the settings that name it."""
    settings = settings_of(server, **different)
    with ThreadPoolExecutor(1) as beside:  # a loop may be running in this thread
        beside.submit(asyncio.run, create_bucket(settings)).result(60)
    return settings


@asynccontextmanager
async def own_server(folder: Path) -> AsyncIterator[S3Server]:
    """Run a server that nobody else uses, and that keeps its objects when it is killed."""
    server = S3Server(folder, free_ports(1)[0], prepare())
    if server.kind == "moto":
        pytest.skip("moto keeps its objects in memory: they die with it")
    await asyncio.to_thread(server.start)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.kill)
