"""What a database says when it lets nobody in: what passes is an outage, all else is for the operator."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from app.lake.database import passes


@pytest.mark.parametrize(
    ("said", "passing"),
    [
        ("FATAL:  the database system is starting up", True),
        ("FATAL:  the database system is not yet accepting connections", True),
        ("FATAL:  the database system is shutting down", True),
        ("FATAL:  the database system is in recovery mode", True),
        ("FATAL:  sorry, too many clients already", True),
        ("FATAL:  terminating connection due to unexpected postmaster exit", True),
        ("FATAL:  terminating connection due to administrator command", True),
        ("connection refused", True),
        ('FATAL:  password authentication failed for user "lake"', False),
        ('FATAL:  database "lake" does not exist', False),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1"', False),
    ],
)
def test_whoever_is_not_let_in_for_now_meets_an_outage_and_not_a_wrong_setting(said: str, passing: bool) -> None:
    error = psycopg.OperationalError(f'connection failed: connection to server at "db", port 5432 failed: {said}')
    assert passes(OperationalError(None, None, error)) == passing
