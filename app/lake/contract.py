"""The JSON of the ultimateALPR SDK, as its contract has it: every version, every dialect, and what real logs add.

Confidences are percent. All is optional that some version leaves out; what no version can mean is an error. A key
that a later version adds is no reason to refuse a result: it stays in the original bytes on the topic.

Defaults are left out where a result is encoded for its id, so that a key added here changes no id that was given; the
order of the keys is part of it. Nothing here refers to itself: the garbage collector need not look (gc=False).
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

Percent = Annotated[float, Meta(ge=0, le=100.01)]  # sums of single precision end up above 100
Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]  # as wide as the tables have them
Corners = Annotated[tuple[float, ...], Meta(min_length=8, max_length=8)]
"""x0, y0, …, x3, y3 in pixels: top left, top right, bottom right, bottom left; may lie outside the picture."""


class Named(Struct, frozen=True, gc=False, omit_defaults=True):
    """One of the ranked guesses of a colour or a body style; the trial version masks the name and gives class -1."""

    name: str
    confidence: Percent
    klass: Whole | None = None


class MakeModelYear(Struct, frozen=True, gc=False, omit_defaults=True):
    """One of the ranked guesses of make, model and year; the year may be a range such as 0-9."""

    make: str
    confidence: Percent
    model: str = ""
    year: Whole | str = ""
    klass: Whole | None = None


class Country(Struct, frozen=True, gc=False, omit_defaults=True):
    """One of the ranked guesses of where a plate comes from."""

    code: str
    confidence: Percent
    name: str = ""
    state: str = ""
    other: str = ""
    klass: Whole | None = None


class Car(Struct, frozen=True, gc=False, omit_defaults=True):
    """A vehicle, with or without a plate."""

    confidence: Percent
    corners_px: Corners | None = field(default=None, name="warpedBox")
    body_styles: tuple[Named, ...] = field(default=(), name="bodyStyle")
    colors: tuple[Named, ...] = field(default=(), name="color")
    makes: tuple[MakeModelYear, ...] = field(default=(), name="makeModelYear")


class Entry(Struct, frozen=True, gc=False, omit_defaults=True):
    """One entry of `plates`: a plate, a car, or both."""

    text: str | None = None
    corners_px: Corners | None = field(default=None, name="warpedBox")
    confidences: tuple[Percent, ...] = ()
    """Of the reading as a whole, of the detection, then of each character where the version tells."""
    countries: tuple[Country, ...] = field(default=(), name="country")
    car: Car | None = None

    @property
    def has_plate(self) -> bool:
        """Tell whether there is a plate, and not a car alone."""
        return self.text is not None or bool(self.confidences) or bool(self.countries)


class SdkResult(Struct, frozen=True, gc=False, omit_defaults=True):
    """What the SDK said of one picture."""

    frame_id: Whole
    """Counts from 0 at each start of an engine: no identity."""
    duration_ms: Whole | None = field(default=None, name="duration")
    latency_frames: Whole | None = field(default=None, name="latency")
    latency_frames_misspelt: Whole | None = field(default=None, name="lantency")
    job_index: Whole | None = field(default=None, name="job_idx")
    plates: tuple[Entry, ...] | None = ()
    timestamp: Whole | float | str | None = None
    """Of the program that logged the result; the SDK has none."""


class Envelope(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a program that logs results may have put around the SDK's keys."""

    source_id: str = ""
    image_uri: str = ""
