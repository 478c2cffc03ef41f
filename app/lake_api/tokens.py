"""Who may ask: tokens with what they may, kept as hashes in a file that only its owner reads."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec

from app.errors import OperatorError
from app.lake_api.refusals import NoToken

Scope = Literal["query", "plates"]
_BEGINNING = "roadsieve_"
_REMEDY = "send the header `Authorization: Bearer TOKEN` with one that `roadsieve api token NAME` made"


class Token(msgspec.Struct, frozen=True):
    """One token: its name goes into the audit log, its hash tells it from others; itself it is kept nowhere."""

    name: str
    sha256: str
    scopes: tuple[Scope, ...]

    @property
    def may_read_plates(self) -> bool:
        """Tell whether plates are shown to it."""
        return "plates" in self.scopes


_decoder = msgspec.json.Decoder(Token)


@dataclass(slots=True)
class Tokens:
    """Know tokens by their file, read again whenever it changed: who is revoked is out with the next request."""

    path: Path
    _seen: tuple[int, int] = (0, 0)
    _by_hash: Mapping[str, Token] = field(default_factory=dict)

    def holder(self, header: str | None) -> Token:
        """Return whose token an Authorization header carries; raises NoToken."""
        kind, _, secret = (header or "").partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            raise NoToken("token", "the request carries none", _REMEDY)
        # Only hashes are compared: how long it takes tells nothing of the tokens there are.
        token = self._read().get(_hash(secret.strip()))
        if token is None:
            raise NoToken("token", "it is not known, or was revoked", _REMEDY)
        return token

    def _read(self) -> Mapping[str, Token]:
        try:
            facts = self.path.stat()
        except FileNotFoundError:
            return {}
        if (facts.st_mtime_ns, facts.st_ino) != self._seen:
            self._by_hash = {token.sha256: token for token in read_tokens(self.path)}
            self._seen = (facts.st_mtime_ns, facts.st_ino)
        return self._by_hash


def read_tokens(path: Path) -> list[Token]:
    """Return the tokens of a file, none where there is none; raises OperatorError when it cannot be read."""
    try:
        lines = path.read_bytes().splitlines()
        return [_decoder.decode(line) for line in lines if line.strip()]
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise OperatorError(f"tokens {path}", str(error), "make the tokens again with `roadsieve api token`") from error


def make_token(path: Path, name: str, scopes: tuple[Scope, ...]) -> str:
    """Add a token and return it; raises OperatorError when one of that name is there."""
    there = read_tokens(path)
    if any(token.name == name for token in there):
        raise OperatorError(f"token {name}", "there is one of that name", "revoke it first, or take another name")
    secret = _BEGINNING + secrets.token_urlsafe(32)
    _write(path, [*there, Token(name, _hash(secret), scopes)])
    return secret


def revoke_token(path: Path, name: str) -> None:
    """Take a token out; raises OperatorError when there is none of that name."""
    there = read_tokens(path)
    left = [token for token in there if token.name != name]
    if len(left) == len(there):
        names = ", ".join(token.name for token in there) or "none at all"
        raise OperatorError(f"token {name}", "there is none of that name", f"there are: {names}")
    _write(path, left)


def _write(path: Path, tokens: list[Token]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(b"".join(msgspec.json.encode(token) + b"\n" for token in tokens))
        new.replace(path)
    except OSError as error:
        raise OperatorError(f"tokens {path}", str(error), "let ROADSIEVE_HOME be writable") from error


def _hash(secret: str) -> str:
    # No slow hash: a token has 256 bits of chance, nobody guesses one.
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
