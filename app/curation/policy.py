"""The policy of an archive: which attributes count, how the archive shall be spread over them, and what it may cost."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.curation.attributes import Attribute, JointAttribute
from app.errors import OperatorError

Ratio = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Budget(_Section):
    """Say what may be kept; every limit given holds, and at least one must be given."""

    share_ratio: Ratio | None = None
    """Bytes kept per byte seen."""
    bytes_per_day: Annotated[int, Field(ge=0)] | None = None
    """Bytes kept per day of ingestion, by the time in the records."""
    total_bytes: Annotated[int, Field(ge=0)] | None = None
    """Bytes kept for ever; alone, every window may spend `pace_ratio` of what is left."""
    pace_ratio: Annotated[float, Field(gt=0.0, le=1.0)] = 0.02
    carry_bytes: Annotated[int, Field(ge=0)] = 256 << 20
    """Most that is carried over when windows do not spend their share."""

    @model_validator(mode="after")
    def _some_limit(self) -> Budget:
        if self.share_ratio is None and self.bytes_per_day is None and self.total_bytes is None:
            raise ValueError("needs one of share_ratio, bytes_per_day, total_bytes")
        return self


class Redundancy(_Section):
    """Say how much less a frame is worth when the archive already has something like it."""

    clip_weight: Weight = 0.0
    """Against frames of the same clip that are kept."""
    archive_weight: Weight = 0.0
    """Against any kept picture nearer than `archive_distance`."""
    archive_distance: Annotated[float, Field(gt=0.0, le=2.0)] = 0.2
    """Cosine distance from which on two pictures have nothing in common."""
    memory_clips: Annotated[int, Field(ge=0, le=8192)] = 2048
    memory_frames: Annotated[int, Field(ge=0, le=4096)] = 1024


class Duplicates(_Section):
    """Say when a frame is a near-duplicate of an earlier one of its camera. Read by the extractor when it starts."""

    embedding_distance: Annotated[float, Field(ge=0.0, le=2.0)] = 0.03
    """Largest cosine distance of a near-duplicate, where a network gives embeddings."""
    hash_bits: Annotated[int, Field(ge=0, le=64)] = 3
    """Most differing bits of the perceptual hash, where there is no embedding."""
    memory_frames: Annotated[int, Field(ge=1, le=256)] = 32


class Keyframes(_Section):
    """Say when a frame shows something new of its camera. Read by the extractor when it starts."""

    hold_samples: Annotated[int, Field(ge=1, le=100)] = 2
    """Samples for which objects of a new class must be seen in a row."""
    word_samples: Annotated[int, Field(ge=1, le=1000)] = 8
    """Samples for which an attribute must have a new value in a row: judgments of whole pictures err for seconds."""
    absent_samples: Annotated[int, Field(ge=1, le=1000)] = 20
    """Samples for which something must be missing before it counts as gone: detectors miss more than they invent."""
    embedding_distance: Annotated[float, Field(ge=0.0, le=2.0)] = 0.35
    """Cosine distance to the last keyframe that makes a keyframe by itself, held for `hold_samples`."""
    refractory_s: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 1.0
    """Time after a keyframe in which there is no other."""
    min_score: Ratio = 0.3
    """Objects with a lower score are not looked at."""


class Policy(_Section):
    """Hold everything the curator is told about one archive."""

    keep: Literal["video", "stills"] = "stills"
    """video: a segment's coded video beside the stills of its kept frames, paid once. stills: the pictures alone."""
    candidates: Literal["all", "keyframes"] = "all"
    still_bytes_per_px: Annotated[float, Field(gt=0.0, le=24.0)] = 0.09
    """Estimated size of a still, bytes per pixel as displayed; known before it is cut, so decisions do not wait."""
    prior: Annotated[float, Field(gt=0.0, le=1000.0)] = 0.5
    """Frames that each value is taken to have been kept before the first: smooths the first windows."""
    balance: Ratio = 0.4
    """0: attributes weigh as given. Towards 1: the nearer one is to its target, the more its last bit counts."""
    budget: Budget
    redundancy: Redundancy = Redundancy()
    duplicates: Duplicates = Duplicates()
    keyframes: Keyframes = Keyframes()
    attributes: Mapping[str, Attribute]

    @model_validator(mode="after")
    def _attributes_hang_together(self) -> Policy:
        if not self.attributes:
            raise ValueError("attributes: needs at least one")
        if not math.fsum(one.weight for one in self.attributes.values()) > 0:
            raise ValueError("attributes: all weights are zero, so nothing is worth more than anything else")
        for name, one in self.attributes.items():
            if isinstance(one, JointAttribute):
                for part in one.of:
                    if part not in self.attributes:
                        raise ValueError(f"attributes.{name}.of: there is no attribute {part!r}")
                    if (kind := self.attributes[part].kind) in ("presence", "joint"):
                        raise ValueError(f"attributes.{name}.of: {part!r} is {kind}, not one value per frame")
        return self

    @cached_property
    def hash(self) -> str:
        """Return the version of the policy: 32 hex characters over what it says, not over how it is written."""
        return blake2b(json.dumps(self.model_dump(), sort_keys=True).encode(), digest_size=16).hexdigest()


def parse_policy(toml: str, origin: str) -> Policy:
    """Read a policy from TOML text; `origin` names it in errors.

    Raises OperatorError that names the key, the reason and the remedy.
    """
    try:
        return Policy.model_validate(tomllib.loads(toml))
    except tomllib.TOMLDecodeError as error:
        raise OperatorError(f"policy {origin}", f"not TOML: {error}", "correct the file at that place") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"] if part not in _KINDS) or "policy"
        raise OperatorError(
            f"policy {origin}, key {key}",
            first["msg"].removeprefix("Value error, "),
            "correct the key; default_policy.toml shows every key with its meaning",
        ) from error


def revised(policy: Policy, **changes: object) -> Policy:
    """Return the policy with some keys changed, checked like one that was read."""
    return Policy.model_validate(policy.model_dump() | changes)


_KINDS = frozenset({"category", "presence", "numeric", "joint"})
