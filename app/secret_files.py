"""A secret setting may be the content of a file: its variable with the ending _FILE names it; one of both, not both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from app.errors import OperatorError

ENDING = "_FILE"


def secrets_of_files(variables: Iterable[str], environment: Mapping[str, str | None]) -> dict[str, str]:
    """Return variable -> secret for those whose file is named in the environment; an empty value counts as not set.

    Raises OperatorError where variable and file are both given, and where the file cannot be read or holds nothing.
    No message holds anything of a secret.
    """
    found = {}
    for variable in variables:
        file = environment.get(variable + ENDING)
        if not file:
            continue
        if environment.get(variable):
            why = f"it is given twice, by itself and by {variable}{ENDING}"
            raise OperatorError(f"setting {variable}", why, "unset one of both")
        found[variable] = _content(f"setting {variable}{ENDING}", Path(file))
    return found


def _content(what: str, file: Path) -> str:
    remedy = "name a readable file that holds the secret and nothing else"
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:  # its own text quotes bytes of the file
        raise OperatorError(what, f"{file} is no UTF-8 text", remedy) from None
    except OSError as error:
        raise OperatorError(what, f"{file} cannot be read ({error.strerror})", remedy) from error
    if not secret:
        raise OperatorError(what, f"{file} is empty", remedy)
    return secret
