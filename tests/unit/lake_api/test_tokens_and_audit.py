"""Tokens are kept as hashes, count from the next request on and end there; the log keeps lines, and forgets a plate."""

from __future__ import annotations

import asyncio
import fcntl
import json
import stat
from pathlib import Path

import pytest

from app.errors import OperatorError
from app.lake_api.audit import AuditLog
from app.lake_api.audit_turns import AuditTurns
from app.lake_api.body import CountBody
from app.lake_api.question import counted
from app.lake_api.refusals import NoToken, Unavailable
from app.lake_api.tokens import Tokens, make_token, read_tokens, revoke_token


def test_a_token_counts_from_the_next_request_on_until_it_is_revoked(tmp_path: Path) -> None:
    path = tmp_path / "lake" / "tokens.jsonl"
    tokens = Tokens(path)
    with pytest.raises(NoToken):
        tokens.holder("Bearer roadsieve_x")
    secret = make_token(path, "gate", ("query",))
    other = make_token(path, "police", ("query", "plates"))
    assert not tokens.holder(f"Bearer {secret}").may_read_plates
    assert tokens.holder(f"bearer {other}").may_read_plates
    assert secret.encode() not in path.read_bytes() and len(secret) > 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    revoke_token(path, "gate")
    with pytest.raises(NoToken):
        tokens.holder(f"Bearer {secret}")
    assert tokens.holder(f"Bearer {other}").name == "police"


def test_wrong_names_and_a_spoilt_file_are_told(tmp_path: Path) -> None:
    path = tmp_path / "tokens.jsonl"
    make_token(path, "gate", ("query",))
    with pytest.raises(OperatorError, match="there is one of that name"):
        make_token(path, "gate", ("query", "plates"))
    with pytest.raises(OperatorError, match="there are: gate"):
        revoke_token(path, "gates")
    assert [token.name for token in read_tokens(path)] == ["gate"]
    path.write_text('{"name": "gate", "sha256": "0", "scopes": ["everything"]}\n')
    with pytest.raises(OperatorError, match="make the tokens again"):
        read_tokens(path)


def question_of(text: str) -> CountBody:
    return CountBody(table_name="plate", filters={"plateText": text, "sourceId": "gate-3"})


def test_the_lines_of_a_plate_are_found_by_the_key_and_can_be_made_to_forget_it(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    for text in ("AB001", "AB002", "AB001"):
        log.write(log.line("police", counted(question_of(text), True), "count", 200, 3, 1.5))
    assert b"AB00" not in log.path.read_bytes() and b"gate-3" in log.path.read_bytes()
    again = AuditLog(tmp_path)
    assert again.plate_hash("AB001").encode() in log.path.read_bytes()
    assert AuditLog(tmp_path / "elsewhere").plate_hash("AB001") != again.plate_hash("AB001")
    assert again.forget_plate("AB001") == 2 and again.forget_plate("AB001") == 0
    log.write(log.line("police", None, "query", 400, 0, 0.1))
    lines = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert [line["who"] for line in lines] == ["police"] * 4
    assert log.plate_hash("AB001") not in log.path.read_text() and log.plate_hash("AB002") in log.path.read_text()


def test_a_key_that_is_none_is_told(tmp_path: Path) -> None:
    AuditLog(tmp_path)
    (tmp_path / "audit.key").write_bytes(b"short")
    with pytest.raises(OperatorError, match="audit"):
        AuditLog(tmp_path)


async def test_a_line_is_written_at_once_while_nobody_is_at_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = AuditTurns(AuditLog(tmp_path))
    monkeypatch.setattr(asyncio, "to_thread", None)
    for line in (b"1\n", b"2\n"):
        await turns.write(line)
    assert turns.log.path.read_bytes() == b"1\n2\n"


async def test_lines_that_wait_together_are_all_written_once_and_in_their_order(tmp_path: Path) -> None:
    turns = AuditTurns(AuditLog(tmp_path))
    lines = [f"{number}\n".encode() for number in range(50)]
    with (tmp_path / "audit.key").open("rb") as key:  # as who erases a plate has it
        fcntl.flock(key, fcntl.LOCK_EX)
        waiting = [asyncio.create_task(turns.write(line)) for line in lines]
        await asyncio.sleep(0.05)
        assert not any(one.done() for one in waiting) and turns.log.path.read_bytes() == b""
    await asyncio.gather(*waiting)
    await turns.write(b"last\n")
    assert turns.log.path.read_bytes() == b"".join(lines) + b"last\n"


async def test_each_that_waits_is_told_when_the_log_cannot_be_written(tmp_path: Path) -> None:
    turns = AuditTurns(AuditLog(tmp_path))
    turns.log.path.unlink()
    turns.log.path.mkdir()
    told = await asyncio.gather(*map(turns.write, [b"1\n", b"2\n"]), return_exceptions=True)
    assert [type(one) for one in told] == [Unavailable, Unavailable]
    turns.log.path.rmdir()
    await turns.write(b"3\n")
    assert turns.log.path.read_bytes() == b"3\n"
