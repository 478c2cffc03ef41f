"""`python -m ops.stack`: fetch or build what all servers are made of, so that no later start waits for a download."""

from __future__ import annotations

from app.errors import OperatorError
from ops.stack import apicurio, cassandra, s3
from ops.stack.fetched import say_on_stderr


def main() -> None:
    """Get everything ready; what cannot be had is said, with the reason, and is no reason to stop."""
    s3.prepare()
    for resolve in (cassandra.resolve, apicurio.resolve):
        try:
            resolve()
        except OperatorError as error:
            say_on_stderr(f"Going on without: {error}")


if __name__ == "__main__":
    main()
