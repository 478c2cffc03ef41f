"""A check's report by e-mail, inside TLS: written to a folder first, and sent from there once, when somebody takes it.

Whoever sends holds the folder's lock, so that of two at once one sends. A crash between the server's yes and the
removal of the file sends it again under the same Message-ID, by which mailboxes know it.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from pathlib import Path

from filelock import FileLock

from app.errors import InfrastructureError, OperatorError
from app.lake.validation.check import Checked
from app.lake.validation.report import first_line, page
from app.settings import Settings

WAIT_S = 20.0
DEFAULT_PORT = {"STARTTLS": 587, "TLS": 465}


def outbox(settings: Settings) -> Path:
    """Return the folder of letters that wait."""
    return settings.path_of_lake() / "mail"


def letter_of(checked: Checked, settings: Settings) -> EmailMessage:
    """Return the letter of a run: its first line says whether the lake is good, the report is attached."""
    letter = EmailMessage()
    letter["Subject"] = f"roadsieve lake: {'good' if checked.good else 'NOT good'}"
    letter["From"], letter["To"] = settings.lake_mail_from, settings.lake_mail_to
    letter["Date"] = formatdate(checked.at_us / 1e6)
    letter["Message-ID"] = make_msgid(domain="roadsieve.invalid")
    failed = [one for one in checked.outcomes if one.verdict == "failed"]
    told = [f"  {one.day} {one.table}: {one.rule}: {one.detail}" for one in failed[:50]]
    letter.set_content("\n".join([first_line(checked), "", *(told or ["Nothing failed."]), ""]), cte="quoted-printable")
    letter.add_attachment(page(checked), subtype="html", filename="lake-check.html", cte="base64")
    return letter


def post(letter: EmailMessage, settings: Settings, at_us: int) -> Path:
    """Put a letter into the outbox; return its file."""
    folder = outbox(settings)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{at_us}.eml"
    part = file.with_suffix(".part")
    part.write_bytes(letter.as_bytes(policy=SMTP))
    part.replace(file)
    return file


def send_waiting(settings: Settings) -> int:
    """Send what waits, the oldest first; return how many letters went. Raises InfrastructureError, and they wait on."""
    folder = outbox(settings)
    if not settings.smtp_server or not any(folder.glob("*.eml")):
        return 0
    sent = 0
    with FileLock(folder / "lock", timeout=settings.store_wait_s):
        for file in sorted(folder.glob("*.eml")):
            _send(file.read_bytes(), settings, file)
            file.unlink()
            sent += 1
    return sent


def _send(body: bytes, settings: Settings, file: Path) -> None:
    name = f"SMTP server {settings.smtp_server}"
    host, _, port = settings.smtp_server.partition(":")
    at = int(port or DEFAULT_PORT[settings.smtp_security])
    try:
        trusted = ssl.create_default_context(cafile=settings.smtp_ca)
    except OSError as error:
        raise OperatorError(f"file {settings.smtp_ca}", str(error), "correct ROADSIEVE_SMTP_CA") from error
    try:
        with _connected(host, at, settings, trusted) as server:
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            server.sendmail(settings.lake_mail_from, [one.strip() for one in settings.lake_mail_to.split(",")], body)
    except (smtplib.SMTPException, OSError) as error:
        why = f"it did not take the letter ({(str(error).splitlines() or [type(error).__name__])[0]})"
        raise InfrastructureError(name, why, f"it waits in {file} and goes with the next check") from error


def _connected(host: str, port: int, settings: Settings, trusted: ssl.SSLContext) -> smtplib.SMTP:
    if settings.smtp_security == "TLS":
        return smtplib.SMTP_SSL(host, port, timeout=WAIT_S, context=trusted)
    server = smtplib.SMTP(host, port, timeout=WAIT_S)
    try:
        server.starttls(context=trusted)
    except BaseException:
        server.close()
        raise
    return server
