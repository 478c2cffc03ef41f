"""What plate results speak of: colours, body styles, makes, countries, alphabets, and what is taken for what."""

from __future__ import annotations

import random
from typing import Final, Literal

COLORS: Final = ("black", "blue", "brown", "gold", "gray", "green", "orange", "purple", "red", "silver", "tan", "white",
                 "yellow")  # fmt: skip
BODY_STYLES: Final = ("bus", "campervan", "convertible", "coupe", "hatchback", "heavytruck", "motorcycle", "mpv",
                      "pickup", "sedan", "suv", "van")  # fmt: skip
MODELS: Final[dict[str, tuple[str, ...]]] = {
    "bmw": ("3 series", "5 series", "x5"), "daihatsu": ("charade", "terios"), "ford": ("f150", "focus", "ranger"),
    "gmc": ("sierra", "yukon 1500"), "honda": ("accord", "civic", "cr-v"), "kia": ("cerato", "rio", "spectra"),
    "nissan": ("nv", "patrol", "sunny"), "renault": ("clio", "megane", "kangoo"), "smart": ("fortwo",),
    "suzuki": ("alto", "ritz", "swift"), "toyota": ("corolla", "hilux", "vitz"), "volkswagen": ("golf", "passat"),
}  # fmt: skip
COUNTRIES: Final = (
    ("USA", "United States of America", "Iowa"), ("USA", "United States of America", "Delaware"),
    ("RUS", "Russian Federation", "Republic of Karelia"), ("ARE", "United Arab Emirates", "Dubai"),
    ("IND", "India", ""), ("DNK", "Denmark", ""), ("FRA", "France", ""), ("AZE", "Azerbaijan", ""),
    ("GBR", "United Kingdom of Great Britain and Northern Ireland", ""), ("CAN", "Canada", "Ontario"),
)  # fmt: skip
LATIN: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
HANZI, HANGUL = "京沪粤川浙苏鲁豫冀辽", "가나다라마거너더러머"
LOOK_ALIKES: Final = dict(zip("0O1I5S8B6G2Z4AUVD7", "O0I1S5B8G6Z2A4VUOZ", strict=True))


def plate_text(number: int, alphabet: Literal["latin", "unicode"]) -> str:
    """Return the plate of a vehicle; different numbers below 23**3 * 10**4 have different plates in each alphabet."""
    letters, digits = divmod(number, 10_000)
    first, rest = divmod(letters, len(LATIN) ** 2)
    second, third = divmod(rest, len(LATIN))
    text = f"{LATIN[first % len(LATIN)]}{digits:04d}{LATIN[second]}{LATIN[third]}"
    if alphabet == "latin":
        return text
    if number % 2:
        return f"{HANZI[number % 10]}{text}"
    rest, digits = divmod(number // 2, 10_000)
    return f"{100 + rest // 10}{HANGUL[rest % 10]}{digits:04d}"


def misread(text: str, chance: random.Random) -> str:
    """Return a plate with one character taken for one that looks like it, where it has such a one."""
    places = [place for place, sign in enumerate(text) if sign in LOOK_ALIKES]
    if not places:
        return text
    place = chance.choice(places)
    return text[:place] + LOOK_ALIKES[text[place]] + text[place + 1 :]


def falling(chance: random.Random, top: float, count: int = 5) -> list[float]:
    """Return percents of ranked guesses, in steps of 100/256 as ARM builds have them, in all at most 100."""
    found, left = [], 100.0
    for _ in range(count):
        sure = min(top, left) // 0.390625 * 0.390625
        found.append(sure)
        left, top = left - sure, sure * chance.uniform(0.1, 0.9)
    return found
