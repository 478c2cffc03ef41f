"""What a question can be refused for, each with its HTTP status: what, why, and the remedy."""

from __future__ import annotations

from collections.abc import Iterable


class Refusal(Exception):
    """A question that gets no answer; its text goes to whoever asked."""

    status = 500

    def __init__(self, what: str, why: str, remedy: str) -> None:
        super().__init__(what, why, remedy)
        self.what, self.why, self.remedy = what, why, remedy

    def __str__(self) -> str:
        return f"{self.what}: {self.why}; {self.remedy}"


class WrongQuestion(Refusal):
    """It asks for what is not there, or in a form that means nothing."""

    status = 400


class NoToken(Refusal):
    """Whoever asks has no token, or one that is not known."""

    status = 401


class NotAllowed(Refusal):
    """The token does not allow it."""

    status = 403


class CursorGone(Refusal):
    """The snapshot that a cursor holds on to was expired."""

    status = 410


class TooMuch(Refusal):
    """Body, or files to be read, are larger than the limits allow."""

    status = 413


class Overloaded(Refusal):
    """As many questions are waiting as may."""

    status = 429


class Unavailable(Refusal):
    """Lake, index or audit log cannot be had at the moment."""

    status = 503


class TooSlow(Refusal):
    """The answer was not there in time."""

    status = 504


REFUSALS = (WrongQuestion, NoToken, NotAllowed, CursorGone, TooMuch, Overloaded, Unavailable, TooSlow)


def known(names: Iterable[str]) -> str:
    """Return the names that would have been understood, as the remedy of a wrong one."""
    return f"it may be {', '.join(names)}"
