"""`roadsieve lake erase` on a lake in S3: then no object of the bucket tells of the plate, in whatever class it is."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import botocore.session
import fastavro
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from app.cli import root
from app.lake.open import open_blocking, open_plate_index_blocking
from app.lake.retention.notes import cold_files
from app.lake.tables import LAKE_TABLES
from app.lake_api.audit import AuditLog
from app.settings import Settings
from app.settings import settings as current_settings
from ops.stack.s3 import ACCESS_KEY, SECRET_KEY, S3Server
from tests.buckets import bucket_of
from tests.unit.lake.upkeep.lake_in_a_folder import Writer, held

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PLATE, OTHER = "K643ET10", "粤BDX503*"
FIRST, SECOND = "2025-11-25", "2025-11-26"
OF_A_PLATE = ("sighting", "plate")
RESULTS = 2
"""Commits: in each the plate is read once a day."""


@pytest.fixture
def settings(moto: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Return the settings, for commands too, of a lake in a bucket of the server that has Glacier."""
    bucket = bucket_of(moto).s3_bucket
    given = {
        "HOME": tmp_path, "LAKE_WAREHOUSE": f"s3://{bucket}/lake", "S3_BUCKET": bucket, "S3_ENDPOINT": moto.endpoint,
        "S3_REGION": "us-east-1", "S3_ACCESS_KEY": ACCESS_KEY, "S3_SECRET_KEY": SECRET_KEY,
        "LAKE_COLD_DAYS": 36_500,
        "LAKE_HOT_DAYS": (datetime.now(UTC).date() - date.fromisoformat(SECOND)).days,
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"ROADSIEVE_{name}", str(value))
    current_settings.cache_clear()
    yield current_settings()
    current_settings.cache_clear()


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    told = CliRunner().invoke(root, ["lake", *arguments, "--json"])
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    return told.exit_code, json.loads(told.stdout)


class Bucket:
    """The bucket as somebody sees it who knows nothing of the lake."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.s3_bucket
        self.client = botocore.session.get_session().create_client(
            "s3", endpoint_url=settings.s3_endpoint, region_name="us-east-1", aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )  # fmt: skip

    def classes(self) -> dict[str, str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return {one["Key"]: one.get("StorageClass", "STANDARD") for page in pages for one in page.get("Contents", ())}

    def said(self, key: str, kept_as: str) -> str:
        """Return what an object says, decoded; one in Glacier is asked for first."""
        if kept_as == "GLACIER":
            self.client.restore_object(Bucket=self.name, Key=key, RestoreRequest={"Days": 1})
        body = io.BytesIO(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())
        if key.endswith(".parquet"):
            return str(pq.read_table(body).to_pylist())
        return str(list(fastavro.reader(body))) if key.endswith(".avro") else body.getvalue().decode()

    def telling(self, text: str, below: str = "lake/") -> set[str]:
        """Return the kinds of objects that tell a text, in whatever way they are encoded."""
        there = [(key, kept_as) for key, kept_as in self.classes().items() if key.startswith(below)]
        found = [key for key, kept_as in there if text in self.said(key, kept_as)]
        return {f"{key.split('/')[1]} {key.rpartition('.')[2]}" for key in found}


def test_no_object_of_the_bucket_tells_of_an_erased_plate(settings: Settings) -> None:
    lake, bucket, audit = open_blocking(settings), Bucket(settings), AuditLog(settings.path_of_lake())
    lake.create()
    writer = Writer(lake)
    for _ in range(RESULTS):
        writer.commit(days=2, names=OF_A_PLATE)
    CliRunner().invoke(root, ["api", "reindex"])
    audit.write(f'{{"plateText": "{audit.plate_hash(PLATE)}"}}\n'.encode())
    assert run("maintain")[0] == 0
    cold = {f"lake/cold/{file.place}" for file in cold_files(lake)}
    assert {bucket.classes()[key] for key in cold} == {"GLACIER"}
    assert bucket.telling(PLATE, "lake/plates/") == {"plates parquet", "plates avro"}  # rows, and bounds of columns
    code, receipt = run("erase", "--plate", PLATE, "--yes")
    hot, index, audited = receipt["hot"], receipt["index"], receipt["audit"]
    assert (code, receipt["complete"], receipt["cold_pending"]) == (1, False, [FIRST])
    assert run("restore", "--from", FIRST, "--to", FIRST, "--yes")[0] == 0
    code, receipt = run("erase", "--plate", PLATE, "--yes")
    assert receipt["restored_ended"], "the restored tables name files that are gone"
    assert (code, receipt["complete"], receipt["unnamed_files"]) == (0, True, 0)
    assert hot == receipt["cold"] == {"country": 0, "car": 0, "sighting": RESULTS, "plate": RESULTS}
    assert (index > 0, audited) == (True, 1)
    assert bucket.telling(PLATE) == set()
    assert bucket.telling(OTHER) >= {"cold parquet", "plates parquet"}
    assert {bucket.classes()[f"lake/cold/{file.place}"] for file in cold_files(lake)} == {"GLACIER"}
    for name in LAKE_TABLES:
        kept = sum(file.rows for file in cold_files(lake) if file.table == name) + held(lake, name).total()
        assert kept == writer.wanted[name].total() - 2 * hot.get(name, 0)
    index_now = open_plate_index_blocking(settings)
    assert index_now.may_hold([PLATE], lake.paths("plate")) == frozenset()
    index_now.close()
    assert audit.forget_plate(PLATE) == 0
    receipts = [file.read_text() for file in (settings.path_of_lake() / "receipts").iterdir()]
    assert receipts and not any(PLATE in one for one in receipts)
    lake.close()
