"""Where the lake of a kill lies: in a folder, or on servers, S3 with a Glacier class and a catalog of PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.lake.open import open_blocking
from app.lake.retention.cold import open_cold
from app.lake.retention.notes import cold_files
from app.lake.warehouse import Warehouse
from app.settings import Settings
from ops.stack.s3 import ACCESS_KEY, SECRET_KEY, S3Server
from tests.buckets import bucket_of
from tests.postgres import Postgres


class Place:
    """A home and what is set for it, as commands and as this process are told."""

    def __init__(self, home: Path, given: Mapping[str, str]) -> None:
        self.home = home
        values = {"home": str(home), **given}
        self.settings = Settings(**values)  # type: ignore[arg-type]  # pydantic makes of texts what each is
        self.environment = {f"ROADSIEVE_{name.upper()}": value for name, value in values.items()}

    def opened(self) -> Warehouse:
        """Return the lake; whoever asks closes it."""
        return open_blocking(self.settings)

    def thaw(self) -> None:
        """Ask for all cold files, so that they can be read."""
        lake = self.opened()
        with open_cold(lake.location, self.settings) as cold:
            for file in cold_files(lake):
                cold.request(file.place, 1, "Bulk")
        lake.close()


def on_servers(home: Path, s3: S3Server, postgres: Postgres) -> Place:
    """Return a place with a bucket and a database that nobody else uses."""
    bucket = bucket_of(s3).s3_bucket
    return Place(
        home,
        {
            "lake_catalog": postgres.address(postgres.new_database()), "lake_warehouse": f"s3://{bucket}/lake",
            "s3_bucket": bucket, "s3_endpoint": s3.endpoint, "s3_region": "us-east-1", "s3_access_key": ACCESS_KEY,
            "s3_secret_key": SECRET_KEY,
        },
    )  # fmt: skip
