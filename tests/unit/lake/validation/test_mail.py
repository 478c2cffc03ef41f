"""The letter of a check and a real SMTP server: inside TLS, the first line tells, it waits for a taker, goes once."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from pydantic import SecretStr

from app.errors import InfrastructureError
from app.lake.validation.check import Checked
from app.lake.validation.mail import letter_of, outbox, post, send_waiting
from app.lake.validation.rules import Outcome
from app.settings import Settings
from ops.stack.ports import free_ports
from tests.certificates import issue

GOOD = Outcome("2025-11-25", "nothing required is missing", "plate", True, "good", 0, "")
BAD = Outcome("2025-11-26", "plateId once", "plate", True, "failed", 2, "2 rows break it")


def run(*outcomes: Outcome) -> Checked:
    rows, means = {"plate": {"2025-11-25": 10, "2025-11-26": 12}}, {"plate": {"2025-11-25": 91.5}}
    return Checked(1_764_100_000_000_000, list(outcomes), rows, means, frozenset({"2025-11-25"}))


class Mailbox:
    """Take letters, or refuse them with 451."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.refuses = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        if self.refuses:
            return "451 try again later"
        assert session.ssl is not None
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


def let_in(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"lake", b"secret")
    return AuthResult(success=right, handled=False)  # the server itself says 535


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return issue(tmp_path / "tls")


@pytest.fixture
def mailbox(folder: Path) -> Iterator[tuple[Mailbox, Controller]]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    box = Mailbox()
    server = Controller(
        box, hostname="127.0.0.1", port=free_ports(1)[0], tls_context=context, require_starttls=True,
        authenticator=let_in, auth_required=True,
    )  # fmt: skip
    server.start()
    yield box, server
    server.stop()


def settings_of(tmp_path: Path, folder: Path, port: int, **different: Any) -> Settings:
    given = {
        "home": tmp_path / "home", "smtp_server": f"127.0.0.1:{port}", "smtp_ca": folder / "ca.pem",
        "smtp_user": "lake", "smtp_password": SecretStr("secret"), "lake_mail_to": "ann@example.org, bob@example.org",
    }  # fmt: skip
    return Settings(**{**given, **different})


@pytest.mark.parametrize(
    ("outcomes", "first"),
    [
        ((GOOD,), "The lake is good: 1 day checked."),
        ((GOOD, BAD), "The lake is NOT good: 2025-11-26 fails critical rules."),
    ],
)
def test_the_first_line_says_whether_the_lake_is_good(
    tmp_path: Path, folder: Path, mailbox: tuple[Mailbox, Controller], outcomes: tuple[Outcome, ...], first: str
) -> None:
    box, server = mailbox
    settings = settings_of(tmp_path, folder, server.port)
    post(letter_of(run(*outcomes), settings), settings, 1)
    assert send_waiting(settings) == 1
    [letter] = box.letters
    assert letter.get_body(("plain",)).get_content().splitlines()[0] == first  # type: ignore[attr-defined]  # by policy
    [report] = letter.iter_attachments()  # type: ignore[attr-defined]  # by policy
    page = report.get_content()
    assert first in page and "<svg" in page
    assert "src=" not in page and "href=" not in page, "it needs nothing else"


def test_a_letter_that_nobody_takes_waits_and_goes_once(
    tmp_path: Path, folder: Path, mailbox: tuple[Mailbox, Controller]
) -> None:
    box, server = mailbox
    away, there = (settings_of(tmp_path, folder, port) for port in (free_ports(1)[0], server.port))
    post(letter_of(run(GOOD), away), away, 1)
    with pytest.raises(InfrastructureError, match="waits in"):
        send_waiting(away)
    box.refuses = True
    with pytest.raises(InfrastructureError, match="451"):
        send_waiting(there)
    box.refuses = False
    post(letter_of(run(BAD), there), there, 2)
    assert send_waiting(there) == 2
    assert send_waiting(there) == 0
    assert [letter["Subject"] for letter in box.letters] == ["roadsieve lake: good", "roadsieve lake: NOT good"]
    assert not list(outbox(there).glob("*.eml"))


@pytest.mark.parametrize(
    "different", [{"smtp_ca": None}, {"smtp_password": SecretStr("wrong")}], ids=["stranger", "wrong password"]
)
def test_nothing_is_told_to_a_server_that_is_not_known_and_no_secret_is_shown(
    tmp_path: Path, folder: Path, mailbox: tuple[Mailbox, Controller], different: dict[str, Any]
) -> None:
    box, server = mailbox
    settings = settings_of(tmp_path, folder, server.port, **different)
    post(letter_of(run(GOOD), settings), settings, 1)
    with pytest.raises(InfrastructureError) as told:
        send_waiting(settings)
    assert not box.letters
    assert "secret" not in str(told.value) and "wrong" not in str(told.value)
    assert len(list(outbox(settings).glob("*.eml"))) == 1
