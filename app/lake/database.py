"""The database under the lake's catalog and plate index: SQLite, or a PostgreSQL with deadlines."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import stamina
from pyiceberg.exceptions import CommitFailedException
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

T = TypeVar("T")
_PASSING = (
    "starting up", "shutting down", "in recovery", "not yet accepting connections", "terminating connection",
    "too many", "remaining connection slots",
)  # fmt: skip
"""What PostgreSQL says when it lets nobody in for now; all else that it refuses is for the operator."""
_PASSING_STATES = ("08", "53", "55", "57")
"""Classes of its errors: connections, resources, locks, an operator's hand."""


def with_deadlines(address: str, wait_s: float) -> str:
    """Return the address of a database, with deadlines for PostgreSQL; what the address says itself stays."""
    try:
        url = make_url(address)
    except SQLAlchemyError:
        return address  # whoever opens it says what is wrong with it
    if url.get_backend_name() != "postgresql":
        return address
    wait_ms = math.ceil(wait_s * 1000)
    wanted = {
        "connect_timeout": str(max(2, math.ceil(wait_s))),  # libpq takes 1 for 2
        "tcp_user_timeout": str(wait_ms),
        "options": f"-c lock_timeout={wait_ms} -c statement_timeout={3 * wait_ms}",
    }
    return url.update_query_dict({**wanted, **url.query}).render_as_string(hide_password=False)


def passes(error: Exception) -> bool:
    """Tell whether what a database said may be otherwise a moment later."""
    text = str(error)
    if "FATAL" in text:
        return any(one in text for one in _PASSING)
    state = getattr(getattr(error, "orig", None), "sqlstate", "")  # of PostgreSQL; None where nobody answered
    return state is None or state[:2] in _PASSING_STATES or "is locked" in text


def made_by_one(make: Callable[[], T]) -> T:
    """Return what making what is missing returns; again, when another process made some of it at the same moment."""
    return stamina.retry(on=_another_did, attempts=8, timeout=None, wait_initial=0.02, wait_max=0.5)(make)()


def _another_did(error: Exception) -> bool:
    return isinstance(error, IntegrityError | CommitFailedException) or "already exists" in str(error)
