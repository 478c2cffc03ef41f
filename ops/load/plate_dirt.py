"""Which kinds of plate results are made how often, and how a good one is made unusable."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from app.errors import OperatorError

#: Kinds of results by the contract and their usual shares; what is left is a plate on a car with all guesses.
KINDS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "nothing": 0.04,
        "car-alone": 0.05,
        "plate-alone": 0.05,
        "no-guesses": 0.1,
        "trial": 0.03,
        "two-confidences": 0.1,
        "old-keys": 0.03,
        "unicode": 0.05,
        "outside": 0.02,
        "several": 0.05,
    }
)


def _cut(line: bytes) -> bytes:
    return line[: len(line) * 3 // 5]


def _instead(pattern: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda line: re.sub(pattern, new, line, count=1)


#: Kinds of results that nobody can use, with what is done to a good one.
SPOILT: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType(
    {
        "torn": _cut,
        "nan": _instead(rb'"confidences":\[', b'"confidences":[NaN,'),
        "too-sure": _instead(rb'"confidences":\[', b'"confidences":[101.7,'),
        "latin-1": _instead(rb'"text":"', b'"text":"\xd6'),
        "short-box": _instead(rb'"warpedBox":\[[^]]*\]', b'"warpedBox":[61.7,819.8]'),
        "no-time": _instead(rb',"timestamp":"[^"]*"', b""),
        "1970": _instead(rb'"timestamp":"[^"]*"', b'"timestamp":"1970-01-01T00:00:07Z"'),
        "2106": _instead(rb'"timestamp":"[^"]*"', b'"timestamp":"2106-02-07T06:28:15Z"'),
    }
)
SPOILT_SHARE = 0.0005
REPEATED, REPEATED_SHARE = "repeated", 0.01
"""Results that are written a second time, after the visit they belong to."""

USUAL: Final[Mapping[str, float]] = MappingProxyType(
    {**KINDS, **dict.fromkeys(SPOILT, SPOILT_SHARE), REPEATED: REPEATED_SHARE}
)


def plate_rates(wanted: Iterable[str]) -> dict[str, float]:
    """Return the usual shares with what a user asks for as KIND=SHARE; `all=0` first leaves plain results alone.

    Raises OperatorError for a kind that is not known, a share outside 0 to 1, and kinds that make more than all.
    """
    rates = dict(USUAL)
    for one in wanted:
        kind, _, text = one.partition("=")
        try:
            share = float(text)
        except ValueError:
            share = -1.0
        if kind not in {"all", *USUAL} or not 0 <= share <= 1:
            why = "no such kind, or no share from 0 to 1"
            raise OperatorError(f"--rate {one}", why, f"say KIND=SHARE with KIND of all, {', '.join(USUAL)}")
        rates |= dict.fromkeys(USUAL, share) if kind == "all" else {kind: share}
    if (total := sum(rates.values()) - rates[REPEATED]) > 1:
        raise OperatorError("--rate", f"the kinds make {total:.2f} of all results", "give them 1 in all at most")
    return rates
