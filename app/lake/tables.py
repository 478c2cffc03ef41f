"""THE tables of the lake: every column once, with type, unit, where it comes from, and an example.

Six hold what results say; `sighting` holds what the tracker makes of them.

Rows join by ids: a row's resultId, plateId and carId are made of its result's content alone, so that a result loaded
twice has the same ids. Guesses are ranked from 1; rank 1 is what the SDK believes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "whole", "number", "truth", "time", "numbers"]


@dataclass(frozen=True, slots=True)
class Column:
    """Describe one column; `source` is its path in the SDK's JSON, or what it is made of."""

    name: str
    kind: Kind
    source: str
    meaning: str
    example: str
    unit: str = ""
    required: bool = True
    tells_plate: bool = False
    """Whether only who may read plates sees it, as text or in any other way."""


@dataclass(frozen=True, slots=True)
class LakeTable:
    """Describe one table: its columns, which of them identify a row, and by which its files are sorted."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sorted_by: tuple[str, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Return the names of its columns, in order."""
        return tuple(column.name for column in self.columns)


_RESULT = Column(
    "resultId", "text", "source, time and content", "The result it was said in.", "648f675cde1ff2dd32d2d72b5be6afad"
)
_SOURCE = Column("sourceId", "text", "envelope", "Camera or log it comes from.", "gate-3")
_AT = Column("seenAt", "time", "envelope, else timestamp", "When it was seen.", "2026-11-25T18:23:00Z", "UTC")
_IMAGE = Column("imageUri", "text", "envelope", "The picture, empty when unknown.", "s3://gate/1.jpg")
_PLATE = Column("plateId", "text", "resultId and place in plates", "The plate.", "648f675cde1ff2dd32d2d72b5be6afad-p0")
_CAR = Column("carId", "text", "resultId and place in plates", "The car.", "648f675cde1ff2dd32d2d72b5be6afad-c0")
_FRAME = Column(
    "frameId", "whole", "frame_id", "Counter of the engine; starts again, identifies nothing.", "178", required=False
)
_RANK = Column("rank", "whole", "place in the list", "1 is the best guess.", "1")
_CLASS = Column("klass", "whole", "…klass", "Class of the network; -1 where the trial masks it.", "11", required=False)


def _optional(column: Column, meaning: str) -> Column:
    return Column(column.name, column.kind, column.source, meaning, column.example, column.unit, required=False)


def _confidence(source: str, name: str = "confidence", meaning: str = "How sure the SDK is.") -> Column:
    return Column(name, "number", source, meaning, "99.60938", "percent")


def _corners(source: str) -> Column:
    meaning = "Corners x0, y0, … x3, y3: top left, top right, bottom right, bottom left; may leave the picture."
    return Column("cornersPx", "numbers", source, meaning, "[820.0, 343.2, …]", "px", required=False)


_GUESS = (_RESULT, _CAR, _SOURCE, _AT, _RANK)

PLATE = LakeTable(
    "plate", "Plates that were read.",
    (
        _PLATE, _RESULT, _optional(_CAR, "The car it is on, where one was found."), _SOURCE, _AT, _IMAGE, _FRAME,
        Column("plateText", "text", "plates[].text", "As read, in Unicode; empty when found and not read.", "K643ET10",
               tells_plate=True),
        Column("masked", "truth", "plates[].text", "True where the trial version hides the last character.", "false"),
        Column("confidence", "number", "plates[].confidences[0]", "How sure the reading is.", "86.99596", "percent",
               required=False),
        Column("detectionConfidence", "number", "plates[].confidences[1]", "How sure it is a plate.", "99.60938",
               "percent", required=False),
        Column("characterConfidences", "numbers", "plates[].confidences[2:]", "Of each character; may be none.",
               "[90.1, 89.9]", "percent"),
        _corners("plates[].warpedBox"),
    ),
    key=("plateId",), sorted_by=("plateText", "seenAt"),
)  # fmt: skip
CAR = LakeTable(
    "car", "Cars that were seen, with or without a plate.",
    (
        _CAR, _RESULT, _optional(_PLATE, "Its plate, where one was found."), _SOURCE, _AT, _IMAGE, _FRAME,
        _confidence("plates[].car.confidence"),
        _corners("plates[].car.warpedBox"),
        Column("makeFused", "text", "makeModelYear", "Make with the largest sum of confidences; empty for none.",
               "renault"),
        Column("makeFusedConfidence", "number", "makeModelYear", "That sum.", "82.94", "percent", required=False),
        Column("modelFused", "text", "makeModelYear", "Model with the largest sum within that make.", "clio"),
        Column("modelFusedConfidence", "number", "makeModelYear", "That sum.", "81.80", "percent", required=False),
    ),
    key=("carId",), sorted_by=("sourceId", "seenAt"),
)  # fmt: skip
COLOR = LakeTable(
    "color", "Ranked guesses of a car's colour.",
    (*_GUESS, Column("color", "text", "plates[].car.color[].name", "Name; masked by the trial.", "white"), _CLASS,
     _confidence("plates[].car.color[].confidence")),
    key=("carId", "rank"), sorted_by=("color", "seenAt"),
)  # fmt: skip
BODY_STYLE = LakeTable(
    "bodyStyle", "Ranked guesses of a car's body style.",
    (*_GUESS, Column("bodyStyle", "text", "plates[].car.bodyStyle[].name", "Name; masked by the trial.", "suv"), _CLASS,
     _confidence("plates[].car.bodyStyle[].confidence")),
    key=("carId", "rank"), sorted_by=("bodyStyle", "seenAt"),
)  # fmt: skip
MAKE_MODEL_YEAR = LakeTable(
    "makeModelYear", "Ranked guesses of a car's make, model and year.",
    (
        *_GUESS,
        Column("make", "text", "plates[].car.makeModelYear[].make", "Make.", "nissan"),
        Column("model", "text", "plates[].car.makeModelYear[].model", "Model; masked by the trial.", "nv"),
        Column("year", "text", "plates[].car.makeModelYear[].year", "A year or a range.", "2012"),
        _CLASS,
        _confidence("plates[].car.makeModelYear[].confidence"),
    ),
    key=("carId", "rank"), sorted_by=("make", "model", "seenAt"),
)  # fmt: skip
COUNTRY = LakeTable(
    "country", "Ranked guesses of where a plate comes from.",
    (
        _RESULT, _PLATE, _SOURCE, _AT, _RANK,
        Column("code", "text", "plates[].country[].code", "ISO 3166-1 alpha-3.", "RUS"),
        Column("country", "text", "plates[].country[].name", "Name.", "Russian Federation"),
        Column("state", "text", "plates[].country[].state", "State or region, empty for none.", "Republic of Karelia"),
        Column("other", "text", "plates[].country[].other", "What else it says, empty for nothing.", "Private vehicle"),
        _CLASS,
        _confidence("plates[].country[].confidence"),
    ),
    key=("plateId", "rank"), sorted_by=("code", "seenAt"),
)  # fmt: skip

SIGHTING = LakeTable(
    "sighting", "Vehicles that passed a source: readings of one plate with no gap between them, as one.",
    (
        Column("trackId", "text", "id of its first reading", "The sighting.", "648f675cde1ff2dd32d2d72b5be6afad-t0"),
        Column("plateId", "text", "best reading", "The best reading.", "648f675cde1ff2dd32d2d72b5be6afad-p0"),
        Column("resultId", "text", "best reading", "The result it was said in.", "648f675cde1ff2dd32d2d72b5be6afad"),
        _optional(_CAR, "The car it is on, where one was found."), _SOURCE,
        Column("seenAt", "time", "best reading", "When the best reading was taken.", "2026-11-25T18:23:00Z", "UTC"),
        Column("imageUri", "text", "best reading", "Its picture, empty when unknown.", "s3://gate/1.jpg"),
        Column("firstSeenAt", "time", "first reading", "When it came.", "2026-11-25T18:22:58Z", "UTC"),
        Column("lastSeenAt", "time", "last reading", "When it was seen last.", "2026-11-25T18:23:04Z", "UTC"),
        Column("readings", "whole", "all readings", "How often its plate was read.", "57"),
        Column("differentTexts", "whole", "all readings", "As how many texts it was read.", "4"),
        Column("plateText", "text", "all readings", "What the readings agree on, character by character.", "K643ET10",
               tells_plate=True),
        Column("masked", "truth", "all readings", "True where the trial version hides the last character.", "false"),
        Column("agreement", "number", "all readings", "Weight of the readings that say the least sure character so.",
               "91.5", "percent"),
        Column("bestText", "text", "best reading", "What the best reading says.", "K643ET10", tells_plate=True),
        Column("confidence", "number", "best reading", "How sure it is.", "86.99596", "percent", required=False),
    ),
    key=("trackId",), sorted_by=("plateText", "seenAt"),
)  # fmt: skip

RESULT_TABLES: dict[str, LakeTable] = {
    table.name: table for table in (BODY_STYLE, CAR, COLOR, COUNTRY, MAKE_MODEL_YEAR, PLATE)
}
"""The six that the rows of a result go to."""
LAKE_TABLES: dict[str, LakeTable] = {**RESULT_TABLES, SIGHTING.name: SIGHTING}
