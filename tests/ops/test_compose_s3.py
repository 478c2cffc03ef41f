"""The script that makes the users of S3 in docker-compose.yml makes them here too; each role then has its rights."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from app.commands.bucket import bucket
from app.errors import OperatorError
from app.settings import Settings
from app.stores.s3_client import open_s3
from ops.stack.ports import free_ports
from ops.stack.s3 import ACCESS_KEY, SECRET_KEY, S3Server, Tls, gateway_path, prepare

SCRIPTS = Path(__file__).parents[2] / "ops" / "compose"


async def put(chosen: Settings, role: str, secrets: Path, key: str) -> None:
    """Put an object as a role."""
    secret = SecretStr((secrets / f"s3_{role}").read_text().strip())
    own = chosen.model_copy(update={"s3_access_key": f"roadsieve.{role}", "s3_secret_key": secret})
    async with open_s3(own) as objects:
        await objects.put(key, b"1")


@pytest.mark.server
@pytest.mark.slow
def test_it_makes_users_once_and_sets_their_keys_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if (gateway := prepare()) is None:
        pytest.skip("versitygw needs Go to be built, and could not be")
    secrets = tmp_path / "secrets"
    subprocess.run(["sh", str(SCRIPTS / "secrets.sh"), str(secrets)], check=True, timeout=60)
    (secrets / "s3_admin").chmod(0o600)
    (secrets / "s3_admin").write_text(SECRET_KEY)
    server = S3Server(tmp_path / "s3", *free_ports(1), gateway, Tls(secrets / "s3.crt", secrets / "s3.key"))
    server.start()
    try:
        chosen = Settings(
            s3_endpoint=server.endpoint, s3_bucket="roadsieve", s3_region="us-east-1", s3_ca_file=secrets / "ca.pem",
            s3_access_key=ACCESS_KEY, s3_secret_key=SecretStr(SECRET_KEY),
        )  # fmt: skip
        monkeypatch.setattr("app.commands.bucket.settings", lambda: chosen)
        environment = {
            **os.environ, "SECRETS": str(secrets), "GATEWAY": str(gateway_path()),
            "SSL_CERT_FILE": str(secrets / "ca.pem"), "ADMIN_ENDPOINT_URL": server.endpoint,
        }  # fmt: skip
        for key in ("a-key-of-the-first-time", "another-key"):
            (secrets / "s3_porter").chmod(0o600)
            (secrets / "s3_porter").write_text(key)
            script = ["sh", str(SCRIPTS / "s3_users.sh")]
            subprocess.run(script, check=True, env=environment, timeout=60)
            for line in (["create"], ["grant", "porter", "detector", "librarian", "sweep"]):
                done = CliRunner().invoke(bucket, line)
                assert done.exit_code == 0, done.output
            asyncio.run(put(chosen, "porter", secrets, f"temporary/{key}"))
        with pytest.raises(OperatorError, match="this key has not the right to do that"):
            asyncio.run(put(chosen, "detector", secrets, "temporary/b"))
    finally:
        server.kill()
