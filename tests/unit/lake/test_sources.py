"""Logs are found in files, folders and buckets; what is not there is told, and the rest is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.errors import ObjectVanished, OperatorError
from app.lake.logs import Logged, results_in
from app.lake.sources import Log, open_logs
from app.settings import Settings
from app.stores.s3_client import s3_client
from tests.unit.lake.results import CAR_ALONE, FULL, PLATE_ALONE

LINES = b"\n".join(json.dumps(one).encode() for one in (FULL, PLATE_ALONE, CAR_ALONE))


async def put(settings: Settings, objects: dict[str, bytes]) -> None:
    async with s3_client(settings) as client:
        for key, body in objects.items():
            await client.put_object(Bucket=settings.s3_bucket, Key=key, Body=body)


async def results(log: Log) -> int:
    async with log.opened() as file:
        return sum(isinstance(one, Logged) for one in results_in(file, log.name))


async def test_a_prefix_of_a_bucket_is_read_like_a_folder(bucket: Settings) -> None:
    await put(bucket, {"logs/a.jsonl": LINES, "logs/deep/b.json": json.dumps(FULL).encode(), "logs/readme.txt": b"x",
                       "other/c.jsonl": LINES})  # fmt: skip
    at = f"s3://{bucket.s3_bucket}"
    async with open_logs([f"{at}/logs/"], bucket) as (logs, wrong):
        assert wrong == []
        assert [log.name for log in logs] == [f"{at}/logs/a.jsonl", f"{at}/logs/deep/b.json"]
        assert [await results(log) for log in logs] == [3, 1]
        assert [log.stem for log in logs] == ["a", "b"]
    async with open_logs([f"{at}/logs/readme.txt"], bucket) as (named, _):
        assert [log.name for log in named] == [f"{at}/logs/readme.txt"]


async def test_a_log_that_was_written_anew_is_another_one(bucket: Settings) -> None:
    found = []
    for body in (LINES, LINES, LINES + b"\n" + LINES):
        await put(bucket, {"a.jsonl": body})
        async with open_logs([f"s3://{bucket.s3_bucket}"], bucket) as (logs, _):
            found.append(logs[0].identity)
    assert found[0] == found[1] != found[2]


async def test_what_is_not_in_the_bucket_is_told_by_its_address(bucket: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES)
    places = [f"s3://{bucket.s3_bucket}/none/", "s3://", str(tmp_path), str(tmp_path / "gone")]
    async with open_logs(places, bucket) as (logs, wrong):
        assert [log.stem for log in logs] == ["a"]
        assert [error.what.split(" ")[0] for error in wrong] == ["address", "address", "log"]
    with pytest.raises(OperatorError, match="no such bucket"):
        async with open_logs(["s3://no-bucket-of-this-name/"], bucket):
            pass


async def test_an_object_that_went_away_meanwhile_is_told(bucket: Settings) -> None:
    await put(bucket, {"a.jsonl": LINES})
    async with open_logs([f"s3://{bucket.s3_bucket}/a"], bucket) as (logs, _):
        async with s3_client(bucket) as client:
            await client.delete_object(Bucket=bucket.s3_bucket, Key="a.jsonl")
        with pytest.raises(ObjectVanished, match=r"a\.jsonl"):
            await results(logs[0])
