"""Read the list of networks: a pure parser whose errors name the key, and the list that is shipped beside this file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.decoders import BOXES, DECODERS, VECTORS, Role
from models.errors import ManifestError
from models.labels import LABEL_SETS
from models.letterbox import Placement

Confirmed = Literal["listed", "opened", "measured"]
# A side is a fixed number, or a letter: what the caller chooses (N pictures, H and W pixels) or what follows from it.
Side = Annotated[int, Field(ge=1)] | Annotated[str, Field(pattern=r"^[A-Z]$")]
Shape = Annotated[tuple[Side, ...], Field(min_length=1)]
PlainName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Triple = tuple[float, float, float]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InputContract(_Entry):
    """Say what a network wants: one tensor of pictures, its sides in letters, and how pixels become its numbers."""

    name: str
    shape: Shape
    dtype: Literal["float32", "uint8"]
    colour: Literal["bgr", "rgb"]
    place: Placement
    fill: Annotated[int, Field(ge=0, le=255)]
    mean: Triple
    std: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
    multiple_px: Annotated[int, Field(ge=1)]
    size_wh: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]

    @property
    def channels_first(self) -> bool:
        """Say whether the shape is [N, 3, H, W] rather than [N, H, W, 3]."""
        return self.shape[1] == 3

    @property
    def as_decoded(self) -> bool:
        """Say whether pixels go in as they are decoded: [N, H, W, 3] of 8 bits, blue first, nothing done to them."""
        plain = self.mean == (0, 0, 0) and self.std == (1, 1, 1)
        return self.dtype == "uint8" and self.colour == "bgr" and not self.channels_first and plain

    def shape_of(self, pictures: int, size_wh: tuple[int, int]) -> tuple[int, ...]:
        """Return the tensor's shape for so many pictures of size_wh px."""
        chosen = {"N": pictures, "W": size_wh[0], "H": size_wh[1]}
        return tuple(side if isinstance(side, int) else chosen[side] for side in self.shape)

    @property
    def most_pictures(self) -> int | None:
        """Return how many pictures one run takes; None when the batch is free."""
        return self.shape[0] if isinstance(self.shape[0], int) else None

    @model_validator(mode="after")
    def _sides(self) -> InputContract:
        if len(self.shape) != 4 or 3 not in (self.shape[1], self.shape[3]):
            raise ValueError("shape must be [N, 3, H, W] or [N, H, W, 3]")
        height, width = self.shape[2:] if self.channels_first else self.shape[1:3]
        size_w, size_h = self.size_wh
        for side, letter, given in ((self.shape[0], "N", None), (height, "H", size_h), (width, "W", size_w)):
            if isinstance(side, str) and side != letter:
                raise ValueError(f"shape has the letter {side} where {letter} belongs")
            if isinstance(side, int) and given is not None and side != given:
                raise ValueError(f"size_wh {self.size_wh} contradicts the fixed side {side} of shape")
        if any(side % self.multiple_px for side in self.size_wh):
            raise ValueError(f"size_wh {self.size_wh} is not a multiple of {self.multiple_px} px")
        return self


class RoleContract(_Entry):
    """Say how a network fills one role: which outputs are read, by which decoder, and what is told of them."""

    reads: Annotated[tuple[str, ...], Field(min_length=1)]
    decoder: str
    labels: str = ""
    score_min: Annotated[float, Field(ge=0, le=1)] = 0.0
    nms_iou_max: Annotated[float, Field(gt=0, le=1)] = 1.0

    def fault(self, role: Role, outputs: Collection[str]) -> str:
        """Say what is wrong with it for a role of a network with these outputs, or "" when nothing is."""
        fitting = DECODERS[role]
        wanted = {"labels", "score_min"} if fitting is not VECTORS else set()
        wanted |= {"nms_iou_max"} if fitting is BOXES else set()
        if strange := [name for name in self.reads if name not in outputs]:
            return f"reads: no output {strange[0]!r}, there are {', '.join(sorted(outputs))}"
        if self.decoder not in fitting:
            return f"decoder: {self.decoder!r} gives no {role}, choose one of {', '.join(fitting)}"
        if missing := sorted(wanted - self.model_fields_set):
            return f"{missing[0]}: Field required"
        if "labels" in wanted and self.labels not in LABEL_SETS:
            return f"labels: unknown label set {self.labels!r}, known are {', '.join(sorted(LABEL_SETS))}"
        return ""


class Network(_Entry):
    """Say what one network is, where its file comes from, and how far all this is confirmed."""

    name: PlainName
    version: str
    file: PlainName
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    """Empty where nobody has published it: such a file is not fetched."""
    size_bytes: Annotated[int, Field(ge=0)]
    """0 where only the hash is known."""
    url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")]
    source: str
    licence: Annotated[str, Field(min_length=1)]
    confirmed: Confirmed
    note: str
    converted: Literal["", "yolox", "resnet18", "clip"] = ""
    input: InputContract
    outputs: Annotated[dict[str, Shape], Field(min_length=1)]
    roles: Annotated[dict[Role, RoleContract], Field(min_length=1)]

    @property
    def identity(self) -> str:
        """Return name@version, as records of what was seen carry it."""
        return f"{self.name}@{self.version}"

    @model_validator(mode="after")
    def _sound_roles(self) -> Network:
        for role, contract in self.roles.items():
            if fault := contract.fault(role, self.outputs):
                raise ValueError(f"roles.{role}.{fault}")
        return self

    def role(self, role: Role) -> RoleContract:
        """Return how the network fills a role; ManifestError where it cannot."""
        if role not in self.roles:
            why = f"fills {', '.join(self.roles)}, not {role}"
            raise ManifestError(f"network {self.name}", why, f"choose one for {role} (roadsieve models list)")
        return self.roles[role]

    def input_wh(self, asked_wh: tuple[int, int] | None) -> tuple[int, int]:
        """Return the input size to use: the one asked for, if the network takes it, else the manifest's.

        A size the network cannot take raises ManifestError.
        """
        if asked_wh is None or asked_wh == self.input.size_wh:
            return self.input.size_wh
        fixed = [side for side in self.input.shape[1:] if isinstance(side, int) and side != 3]
        multiple = self.input.multiple_px
        if fixed:
            why = f"the network is made for {self.input.size_wh[0]}x{self.input.size_wh[1]} px only"
        elif min(asked_wh) < multiple or any(side % multiple for side in asked_wh):
            why = f"width and height must be multiples of {multiple} px"
        else:
            return asked_wh
        what = f"input size {asked_wh[0]}x{asked_wh[1]} of {self.name}"
        raise ManifestError(what, why, "ask for another size or network")


def parse_manifest(text: str) -> Mapping[str, Network]:
    """Read the networks of a manifest (TOML, one table per network), by name; ManifestError names the key at fault."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestError("manifest", f"not TOML: {error}", "mend the line it names") from error
    networks = {}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ManifestError(f"manifest key {name}", "not a table", f"write [{name}] and its keys below")
        try:
            networks[name] = Network.model_validate({"name": name, **table})
        except ValidationError as error:
            fault = error.errors()[0]
            key = ".".join(str(part) for part in (name, *fault["loc"]))
            why = re.sub(r"^Value error, ", "", fault["msg"])
            remedy = "see the head of manifest.toml for what belongs there"
            raise ManifestError(f"manifest key {key}", why, remedy) from error
    return networks


@lru_cache(maxsize=1)
def shipped_manifest() -> Mapping[str, Network]:
    """Return the networks of the manifest that is shipped with roadsieve."""
    return parse_manifest(files("models").joinpath("manifest.toml").read_text("utf-8"))


def read_manifest(file: Path) -> Mapping[str, Network]:
    """Return the networks of a manifest file of the user's own; a file that cannot be read raises ManifestError."""
    try:
        return parse_manifest(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"manifest {file}", str(error), "name a TOML file that can be read") from error


def known_networks(own: Path | None) -> Mapping[str, Network]:
    """Return the networks that ship and those of a manifest of the user's own, which counts where both name one."""
    return {**shipped_manifest(), **(read_manifest(own) if own else {})}


def network_named(name: str, networks: Mapping[str, Network]) -> Network:
    """Return the network of that name; an unknown name raises ManifestError with the names there are."""
    try:
        return networks[name]
    except KeyError:
        known = ", ".join(sorted(networks))
        raise ManifestError(f"network {name!r}", "not in the manifest", f"choose one of: {known}") from None


def shape_fault(promised: Shape, real: tuple[int | str | None, ...], letters: Mapping[str, int]) -> str:
    """Say how a real shape breaks a promised one, or "" when it does not.

    A promised number must be that number or free, a promised letter free or the number that `letters` gives it.
    Free sides of the real shape are None or a name, as ONNX writes them.
    """
    if len(promised) != len(real):
        return f"{len(real)} sides instead of {len(promised)}"
    for place, (want, have) in enumerate(zip(promised, real, strict=True)):
        number = want if isinstance(want, int) else letters.get(want)
        if isinstance(have, int) and number is not None and have != number:
            return f"side {place} is {have} instead of {want}" + (f" = {number}" if isinstance(want, str) else "")
        if isinstance(have, int) and number is None and want in ("N", "H", "W"):
            return f"side {place} is fixed at {have} where {want} must be free"
    return ""
