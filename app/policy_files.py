"""Reads policies from disk: the one that ships, or a file of the operator's."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from app.curation.policy import Policy, parse_policy
from app.errors import OperatorError


def default_policy_toml() -> str:
    """Return the text of the policy that ships."""
    return files("app.curation").joinpath("default_policy.toml").read_text(encoding="utf-8")


def read_policy(path: Path | None) -> tuple[str, Policy]:
    """Return a policy file's text and what it says; None is the policy that ships. Raises OperatorError."""
    if path is None:
        text = default_policy_toml()
        return text, parse_policy(text, "default_policy.toml")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"policy {path}", str(error), "name a readable TOML file") from error
    return text, parse_policy(text, str(path))
