"""Exit codes that mean something, and the one line that a failure says on stderr."""

from __future__ import annotations

import os
import sys
import traceback
from enum import IntEnum

from app.errors import DataError, InfrastructureError


class Exit(IntEnum):
    """What a script may conclude from the exit code; 70, 75 and 78 as in sysexits.h."""

    OK = 0
    SOME_UNUSABLE = 1
    USAGE = 2
    DIED = 70
    UNREACHABLE = 75
    SETUP = 78
    INTERRUPTED = 130


EPILOG = (
    "Exit codes: 0 done; 1 some inputs could not be used; 2 wrong usage; 70 a process died of a failing dependency; "
    "75 a server does not answer, try again; 78 the set-up is at fault; 130 interrupted."
)


def exit_code_of(error: Exception) -> Exit:
    """Return what an error means for whoever started the command."""
    if isinstance(error, DataError):
        return Exit.SOME_UNUSABLE
    if isinstance(error, InfrastructureError):
        return Exit.UNREACHABLE
    if _is_said_in_full(error) or _is_of_settings(error):
        return Exit.SETUP
    return Exit.DIED


def tell(error: Exception) -> Exit:
    """Say an error on stderr, as "what: why; remedy", and return its exit code; with a traceback when told to debug."""
    if os.environ.get("ROADSIEVE_LOG_LEVEL") == "DEBUG":
        traceback.print_exception(error)
    for line in lines_of(error):
        print(f"roadsieve: {line}", file=sys.stderr)
    return exit_code_of(error)


def lines_of(error: Exception) -> list[str]:
    """Return what to say of an error: one line, one per setting where settings are wrong."""
    if _is_said_in_full(error):
        return [str(error)]
    if _is_of_settings(error):
        return [_wrong_setting(fault) for fault in error.errors()]  # type: ignore[attr-defined]  # checked by _is_of_settings
    where = traceback.extract_tb(error.__traceback__)[-1]
    why = f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})"
    return [f"a defect: {why}; run again with ROADSIEVE_LOG_LEVEL=DEBUG and report what it says"]


def _is_said_in_full(error: Exception) -> bool:
    # By its fields: the models' errors have them too, and are strangers to this room.
    return all(hasattr(error, field) for field in ("what", "why", "remedy"))


def _is_of_settings(error: Exception) -> bool:
    # By name: importing pydantic to find out would cost every `--help` 0.1 s.
    return type(error).__name__ == "ValidationError" and getattr(error, "title", "") == "Settings"


def _wrong_setting(fault: dict[str, object]) -> str:
    location = fault["loc"]
    name = str(location[0]) if isinstance(location, tuple) and location else "?"
    from app.settings import Settings, secrets_among  # late: at this point it is imported already, for --help it is not

    value = "what is given" if name in secrets_among(Settings) else repr(fault["input"])
    return f"setting ROADSIEVE_{name.upper()}: {value} is refused ({fault['msg']}); see `roadsieve settings --help`"
