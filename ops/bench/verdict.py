"""Committed outputs of the keyed job against the oracle; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ops.bench.keyed_job.job import output_name


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far outputs are what they must be."""

    expected: int
    lost: int
    """Records that no output answers, right or wrong."""
    duplicated: int
    """Right outputs seen once more."""
    wrong: int
    """Outputs with another value than the oracle's."""

    @property
    def exact(self) -> bool:
        """Tell whether each record has its one right output and nothing else."""
        return not (self.lost or self.duplicated or self.wrong)

    def text(self) -> str:
        """Return `exact`, or what is wrong."""
        found = {"lost": self.lost, "duplicated": self.duplicated, "wrong": self.wrong}
        return "exact" if self.exact else ", ".join(f"{count:,} {name}" for name, count in found.items() if count)


def judge(outputs: Iterable[bytes], right: Sequence[bytes]) -> Verdict:
    """Compare all committed outputs with the one right output of each record."""
    counted, rights = Counter(outputs), set(right)
    answered = {output_name(output) for output in counted}
    return Verdict(
        expected=len(rights),
        lost=len({output_name(output) for output in rights} - answered),
        duplicated=sum(count - 1 for output, count in counted.items() if output in rights),
        wrong=sum(count for output, count in counted.items() if output not in rights),
    )
