"""Whoever is not let in by Kafka is told why in one line: which of password, certificate, protocol or port it is."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from app import kafka_faults
from app.commands.exits import Exit, exit_code_of
from app.errors import RoadsieveError
from app.kafka_access import client_options
from app.kafka_faults import not_let_in
from app.settings import Settings
from app.topology.admin import administer
from ops.broker.cluster import Cluster
from tests.certificates import issue
from tests.secured import SUPERUSER, Secured

PLAIN: dict[str, Any] = {"kafka_security": "PLAINTEXT", "kafka_user": "", "kafka_password": ""}


async def told(chosen: Settings) -> RoadsieveError:
    with pytest.raises(RoadsieveError) as caught:
        async with administer(chosen):
            pass
    assert "secret" not in str(caught.value)
    return caught.value


async def test_who_has_user_password_and_authority_is_let_in(secured_broker: Secured) -> None:
    async with administer(secured_broker.settings()) as admin:
        assert await admin.partitions(["no such topic"]) == {}


@pytest.mark.parametrize(
    ("changes", "why", "remedy"),
    [
        ({"kafka_password": "wrong-secret"}, "refuses user admin", "ROADSIEVE_KAFKA_PASSWORD"),
        ({"kafka_user": "nobody"}, "refuses user nobody", "ROADSIEVE_KAFKA_USER"),
        ({"kafka_ca": None}, "its certificate is refused: self-signed", "ROADSIEVE_KAFKA_CA"),
        (PLAIN, "it speaks TLS", "ROADSIEVE_KAFKA_SECURITY=SASL_SSL"),
    ],
    ids=["password", "user", "authority", "plain client"],
)
async def test_the_one_cause_is_named_with_its_remedy(
    secured_broker: Secured, changes: dict[str, Any], why: str, remedy: str
) -> None:
    error = await told(secured_broker.settings(**changes))
    assert f"Kafka at {secured_broker.cluster.bootstrap}: " in str(error)
    assert why in error.why
    assert remedy in error.remedy
    assert exit_code_of(error) is Exit.SETUP


async def test_a_tls_client_on_a_plain_port_is_told_so(broker: Cluster, secured_broker: Secured) -> None:
    error = await told(secured_broker.settings(kafka=broker.bootstrap))
    assert error.why == "it speaks without TLS"
    assert "ROADSIEVE_KAFKA_SECURITY=PLAINTEXT" in error.remedy


@asynccontextmanager
async def listening(certificates: Path | None = None, kind: str = "silent") -> AsyncIterator[str]:
    """Listen as something that is not Kafka, in TLS where it has certificates.

    One hangs up without a word; a web server first waits for the end of a request.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n" if kind == "web" else b"\0")
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" if kind == "web" else b"")
        writer.close()

    tls = None
    if certificates is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificates / "server.pem")
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("names", "valid_days", "why", "remedy"),
    [
        (("127.0.0.1",), (-30, -1), "certificate has expired", "renew the brokers' certificates"),
        (("127.0.0.1",), (1, 30), "certificate is not yet valid", "look at the clocks"),
        (("127.0.0.2",), (-1, 30), "IP address mismatch", "name the brokers in ROADSIEVE_KAFKA as"),
    ],
    ids=["expired", "not yet", "of another"],
)
async def test_what_is_wrong_with_a_certificate_is_named(
    tmp_path: Path, names: tuple[str, ...], valid_days: tuple[int, int], why: str, remedy: str
) -> None:
    signed = issue(tmp_path, names, valid_days)
    async with listening(signed) as address:
        error = await told(secured_settings(address, signed / "ca.pem"))
    assert f"its certificate is refused: {why}" in error.why
    assert remedy in error.remedy
    assert exit_code_of(error) is Exit.SETUP


@pytest.mark.parametrize("secured", [True, False], ids=["tls", "plain"])
async def test_who_hangs_up_without_a_word_may_be_a_broker_that_starts(tmp_path: Path, secured: bool) -> None:
    ca = issue(tmp_path) / "ca.pem"
    async with listening() as address:
        error = await told(secured_settings(address, ca) if secured else Settings(kafka=address))
    assert "does not answer as Kafka does" in error.why
    assert exit_code_of(error) is Exit.UNREACHABLE


@pytest.mark.slow
@pytest.mark.parametrize("their_tls", [True, False], ids=["https", "http"])
@pytest.mark.parametrize("our_tls", [True, False], ids=["tls", "plain"])
async def test_a_web_server_is_told_from_a_broker_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, their_tls: bool, our_tls: bool
) -> None:
    monkeypatch.setattr(kafka_faults, "STEP_S", 2.0)
    signed = issue(tmp_path)
    async with listening(signed if their_tls else None, "web") as address:
        chosen = secured_settings(address, signed / "ca.pem") if our_tls else Settings(kafka=address)
        error = await not_let_in(chosen, OSError())
    assert error.why == (
        "it speaks TLS" if their_tls and not our_tls
        else "what listens there does not speak Kafka (it says b'HTTP/1.1 400 Bad Request\\r\\n\\r\\n')"
    )  # fmt: skip
    assert "ROADSIEVE_KAFKA" in error.remedy
    assert exit_code_of(error) is Exit.SETUP


async def test_nothing_at_all_is_not_taken_for_anything_else() -> None:
    error = await told(Settings(kafka="127.0.0.1:1,127.0.0.1:2"))
    assert "does not answer" in error.why
    assert "roadsieve broker start" in error.remedy
    assert exit_code_of(error) is Exit.UNREACHABLE


async def test_one_server_that_tells_the_cause_is_enough(secured_broker: Secured) -> None:
    chosen = secured_broker.settings(kafka=f"127.0.0.1:1,{secured_broker.cluster.bootstrap}", kafka_password="wrong")
    assert "refuses user" in (await not_let_in(chosen, OSError())).why


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"kafka_user": ""}, "setting ROADSIEVE_KAFKA_USER: it is empty, and SASL_SSL needs it"),
        ({"kafka_password": ""}, "setting ROADSIEVE_KAFKA_PASSWORD: it is empty"),
        ({"kafka_security": "PLAINTEXT"}, "ROADSIEVE_KAFKA_USER: it would not be used: ROADSIEVE_KAFKA_SECURITY is"),
        ({"kafka_ca": Path("/no/such/file.pem")}, r"ROADSIEVE_KAFKA_CA: /no/such/file.pem cannot be read"),
        ({"kafka_ca": Path(__file__)}, r"ROADSIEVE_KAFKA_CA: .* holds no certificate in PEM"),
    ],
)
def test_settings_that_contradict_each_other_are_refused_before_any_connection(
    tmp_path: Path, changes: dict[str, Any], what: str
) -> None:
    with pytest.raises(RoadsieveError, match=what) as caught:
        client_options(secured_settings("127.0.0.1:1", issue(tmp_path) / "ca.pem").model_copy(update=changes))
    assert exit_code_of(caught.value) is Exit.SETUP


def secured_settings(address: str, ca: Path) -> Settings:
    return Settings(
        kafka=address, kafka_security="SASL_SSL", kafka_user=SUPERUSER, kafka_password="any-secret", kafka_ca=ca
    )


@pytest.mark.parametrize(
    "verb",
    [["topics", "list"], ["stats"], ["acls", "list"], ["letters", "list"], ["worker", "porter"]],
    ids=lambda words: words[0],
)
def test_every_verb_says_it_in_one_last_line_and_its_exit_code(
    secured_broker: Secured, tmp_path: Path, verb: list[str]
) -> None:
    (tmp_path / "password").write_text("wrong-secret\n")
    environment = secured_broker.environment(SUPERUSER) | {"ROADSIEVE_KAFKA_PASSWORD": ""}
    environment["ROADSIEVE_KAFKA_PASSWORD_FILE"] = str(tmp_path / "password")
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *verb], cwd=Path(__file__).parents[3], timeout=100, text=True,
        capture_output=True, check=False, env={**os.environ, **environment, "ROADSIEVE_HOME": str(tmp_path)},
    )  # fmt: skip
    last = done.stderr.strip().splitlines()[-1]
    assert "it refuses user admin: there is none of that name and password" in last, done.stderr
    assert "wrong-secret" not in done.stdout + done.stderr
    assert done.returncode == Exit.SETUP
