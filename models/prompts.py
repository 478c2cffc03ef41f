"""What a network of pictures and texts (CLIP) is asked: texts for each word, several where it looks in several ways.

Beside each text are its tokens, as CLIP's own tokenizer (49,408 byte pairs) gives them, begin and end apart:
`open_clip.tokenizer.SimpleTokenizer().encode(text)` of open_clip_torch 3.3.0. A text changed needs its tokens anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

BEGIN, END = 49406, 49407
LENGTH = 77
"""Tokens of a text with begin and end, filled up with END, which the mask hides."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A word, a text that says it, and the text's tokens."""

    word: str
    text: str
    tokens: tuple[int, ...]


PROMPTS: Mapping[str, tuple[Prompt, ...]] = MappingProxyType(
    {
        "weather": (
            Prompt(
                "clear",
                "a photo of a road under a clear blue sky",
                (320, 1125, 539, 320, 1759, 1798, 320, 3143, 1746, 2390),
            ),
            Prompt("clear", "a photo of a road on a clear night", (320, 1125, 539, 320, 1759, 525, 320, 3143, 930)),
            Prompt(
                "partly cloudy",
                "a photo of a road under a partly cloudy sky",
                (320, 1125, 539, 320, 1759, 1798, 320, 21459, 13106, 2390),
            ),
            Prompt(
                "overcast",
                "a photo of a road under a grey overcast sky",
                (320, 1125, 539, 320, 1759, 1798, 320, 5046, 36942, 2390),
            ),
            Prompt("rainy", "a photo of a wet road in the rain", (320, 1125, 539, 320, 6682, 1759, 530, 518, 2443)),
            Prompt("snowy", "a photo of a road covered with snow", (320, 1125, 539, 320, 1759, 5603, 593, 2583)),
            Prompt("foggy", "a photo of a road in thick fog", (320, 1125, 539, 320, 1759, 530, 11006, 9417)),
        ),
        "scene": (
            Prompt(
                "city street",
                "a photo of a street in a city with tall buildings",
                (320, 1125, 539, 320, 2012, 530, 320, 1305, 593, 7771, 8866),
            ),
            Prompt("highway", "a photo of a highway with several lanes", (320, 1125, 539, 320, 7620, 593, 5560, 10345)),
            Prompt(
                "residential",
                "a photo of a quiet street with houses and gardens",
                (320, 1125, 539, 320, 7557, 2012, 593, 7791, 537, 6152),
            ),
            Prompt(
                "parking lot",
                "a photo of a parking lot full of parked cars",
                (320, 1125, 539, 320, 5984, 1954, 1476, 539, 16487, 3346),
            ),
            Prompt("tunnel", "a photo taken inside a tunnel", (320, 1125, 2807, 2912, 320, 11096)),
            Prompt(
                "gas stations",
                "a photo of a gas station with fuel pumps",
                (320, 1125, 539, 320, 2474, 2631, 593, 5945, 18540),
            ),
        ),
        "timeofday": (
            Prompt("daytime", "a photo of a road by day", (320, 1125, 539, 320, 1759, 638, 575)),
            Prompt("night", "a photo of a dark road at night", (320, 1125, 539, 320, 3144, 1759, 536, 930)),
            Prompt("dawn/dusk", "a photo of a road at sunset", (320, 1125, 539, 320, 1759, 536, 3424)),
        ),
    }
)


def token_ids(prompts: Iterable[Prompt]) -> tuple[list[list[int]], list[list[int]]]:
    """Return the token ids [T, 77] of texts, and the mask [T, 77]: 1 where there is text."""
    rows = [(BEGIN, *prompt.tokens, END) for prompt in prompts]
    ids = [[*row, *[END] * (LENGTH - len(row))] for row in rows]
    return ids, [[1] * len(row) + [0] * (LENGTH - len(row)) for row in rows]
