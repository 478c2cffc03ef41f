"""How files of the lake are reached on S3: with deadlines, and small ones written in one request."""

from __future__ import annotations

from pyarrow.fs import FileSystem, S3FileSystem, resolve_s3_region
from pyiceberg.io.pyarrow import PyArrowFileIO

from app.settings import Settings

SCHEME, CA_FILE = "s3", "s3.ca-file"


def file_io_of(settings: Settings) -> dict[str, str]:
    """Return what a catalog is told of how files are reached; what is not set is looked for where AWS keeps it."""
    given = {
        "s3.endpoint": settings.s3_endpoint,
        "s3.region": settings.s3_region,
        "s3.access-key-id": settings.s3_access_key,
        "s3.secret-access-key": settings.s3_secret_key.get_secret_value(),
        "s3.connect-timeout": str(settings.s3_connect_timeout_s),
        "s3.request-timeout": str(settings.s3_answer_timeout_s),
        CA_FILE: str(settings.s3_ca_file or ""),
        "py-io-impl": f"{LakeFiles.__module__}.{LakeFiles.__qualname__}",
    }
    return {name: value for name, value in given.items() if value}


class LakeFiles(PyArrowFileIO):
    """Reach files as pyiceberg does, on S3 without an upload in parts, three requests, for what fits one."""

    def _initialize_fs(self, scheme: str, netloc: str | None = None) -> FileSystem:
        if scheme != SCHEME:
            return super()._initialize_fs(scheme, netloc)
        told = self.properties.get
        endpoint = told("s3.endpoint")
        return S3FileSystem(
            endpoint_override=endpoint, region=told("s3.region") or (None if endpoint else resolve_s3_region(netloc)),
            access_key=told("s3.access-key-id"), secret_key=told("s3.secret-access-key"),
            connect_timeout=float(self.properties["s3.connect-timeout"]),
            request_timeout=float(self.properties["s3.request-timeout"]),
            tls_ca_file_path=told(CA_FILE), allow_delayed_open=True,
        )  # fmt: skip
