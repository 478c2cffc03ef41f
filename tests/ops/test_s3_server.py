"""The S3 server of this machine: found again, killed like in a power cut, and with everything there when it is back."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.stores.s3_client import open_s3
from ops.stack.ports import free_ports, is_listening
from ops.stack.s3 import S3Server, gateway_path, prepare
from tests.buckets import bucket_of


@pytest.fixture(params=["versitygw", "moto"])
def server(request: pytest.FixtureRequest, tmp_path: Path):
    gateway = prepare() if request.param == "versitygw" else None
    if request.param == "versitygw" and gateway is None:
        pytest.skip("versitygw needs Go to be built, and could not be")
    one = S3Server(tmp_path, free_ports(1)[0], gateway)
    one.start()
    yield one
    one.kill()


@pytest.mark.server
def test_a_server_that_runs_is_found_by_its_folder_and_gone_when_killed(server):
    found = S3Server(server.folder, server.port, None).process()
    assert found is not None and found.is_running()
    server.kill()
    assert not is_listening(server.port) and not found.is_running()


@pytest.mark.server
async def test_what_was_put_before_a_kill_is_there_after_it(tmp_path):
    gateway = prepare()
    if gateway is None:
        pytest.skip("moto, which serves where Go is not, keeps its objects in memory")
    server = S3Server(tmp_path, free_ports(1)[0], gateway)
    server.start()
    try:
        bucket = bucket_of(server)
        async with open_s3(bucket) as objects:
            await objects.put("a", b"video")
        server.kill()
        server.start()
        async with open_s3(bucket) as objects:
            assert await objects.get("a") == b"video"
    finally:
        server.kill()


def test_without_go_it_says_that_moto_serves(tmp_path, monkeypatch):
    said: list[str] = []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert prepare(said.append, tmp_path) is None
    assert said == ["No Go here to build versitygw with: moto is the S3 server."]


def test_a_go_that_cannot_build_it_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    said: list[str] = []
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    cache = tmp_path / "cache"
    assert prepare(said.append, cache) is None
    assert "no network" in said[-1] and said[-1].endswith("moto is the S3 server.")
    assert not gateway_path(cache).exists() and not list(cache.glob("building-*"))
