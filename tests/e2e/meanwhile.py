"""What workers show of an outage while it lasts: which stores fail for them, and how much memory they take."""

from __future__ import annotations

from tests.e2e.workers import Workers

MOST_MB = 600
"""A worker of all stages takes about 300 at rest; what a stage holds while it is halted are tens."""


class Meanwhile:
    """Remember what was seen, look by look."""

    def __init__(self) -> None:
        self.failing: set[str] = set()
        """Stores for which the alert StoreFails has its condition: calls that failed as in an outage."""
        self.greatest_mb = 0.0

    async def look(self, workers: Workers) -> None:
        """Ask every worker that answers."""
        for labels, failed in await workers.samples("roadsieve_store_errors_total"):
            if failed and labels["error"] == "InfrastructureError":
                self.failing.add(labels["store"])
        resident = [size_bytes for _, size_bytes in await workers.samples("process_resident_memory_bytes")]
        self.greatest_mb = max([self.greatest_mb, *(size_bytes / 1e6 for size_bytes in resident)])

    def __str__(self) -> str:
        return f"meanwhile failing {sorted(self.failing)}, greatest worker {self.greatest_mb:.0f} MB"
