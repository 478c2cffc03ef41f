"""Laws of secure connections to catalog and registry: a certificate that does not hold is one line, and no retry."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from app.errors import OperatorError
from app.settings import Settings
from app.stores.open import open_catalog, open_registry

LONG_AGO = datetime.now(UTC) - timedelta(days=2)
HOST = "127.0.0.1"


@asynccontextmanager
async def shown(certificate: trustme.LeafCert):
    """Show a certificate on a port and speak of nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    async def hang_up(_, writer):
        writer.close()

    server = await asyncio.start_server(hang_up, HOST, 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def expired(ours: trustme.CA) -> trustme.LeafCert:
    return ours.issue_cert(HOST, not_after=LONG_AGO)


def of_another_name(ours: trustme.CA) -> trustme.LeafCert:
    return ours.issue_cert("elsewhere.test")


def of_a_stranger(_: trustme.CA) -> trustme.LeafCert:
    return trustme.CA().issue_cert(HOST)


@pytest.mark.parametrize(
    ("make", "told"),
    [(expired, "expired"), (of_another_name, "not valid for"), (of_a_stranger, "unable to get local issuer")],
)
async def test_a_certificate_that_does_not_hold_is_one_line(
    make: Callable[[trustme.CA], trustme.LeafCert], told: str, tmp_path: Path
):
    ours = trustme.CA()
    ours.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with shown(make(ours)) as port:
        with pytest.raises(OperatorError, match=f"no secure connection .*{told}.*; correct ROADSIEVE_CQL_TLS_CA"):
            async with open_catalog(Settings(cql_hosts=f"{HOST}:{port}", cql_tls_ca=tmp_path / "ca.pem")):
                pass
        settings = Settings(registry_url=f"https://{HOST}:{port}", registry_tls_ca=tmp_path / "ca.pem")
        async with open_registry(settings) as registry:
            with pytest.raises(OperatorError, match=f"no secure connection .*{told}.*; correct ROADSIEVE_REGISTRY_TLS"):
                await registry.versions("s")
