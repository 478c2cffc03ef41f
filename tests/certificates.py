"""Certificates for tests: an authority of their own, and what it signed, valid or not any more or not yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization

DAY = timedelta(days=1)


def issue(
    folder: Path, names: tuple[str, ...] = ("127.0.0.1", "localhost"), valid_days: tuple[int, int] = (-1, 30)
) -> Path:
    """Write ca.pem and server.pem (key, certificate, authority), valid between two days from now; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, now = trustme.CA(), datetime.now(UTC)
    first, last = valid_days
    signed = authority.issue_cert(*names, not_before=now + first * DAY, not_after=now + last * DAY)
    key = serialization.load_pem_private_key(signed.private_key_pem.bytes(), None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificates = [part.bytes() for part in (*signed.cert_chain_pems, authority.cert_pem)]
    (folder / "server.pem").write_bytes(b"".join([key, *certificates]))
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    return folder
