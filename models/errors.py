"""What can be wrong with a network, its file, a picture or an answer; the agents translate these for their records.

ModelError
├── ManifestError   the manifest is wrong, or a name or size asked for is not in it    the set-up: before any work
├── FetchError      the file cannot be had, or is not the one that the manifest names   the set-up: before any work
├── NetworkError    the file does not open, breaks its contract, or runs elsewhere      the set-up: before any work
├── PictureError    this picture cannot be judged                                       the record: dead letter
├── AnswerError     the network's answer for this picture is not usable                 the record: dead letter
├── TruthError      the labels to evaluate against cannot be used                       the set-up: before any work
└── EyesClosed      the network was closed while the picture waited                     nobody's fault: ask again
"""

from __future__ import annotations


class ModelError(Exception):
    """Carry what failed, why, and what to do about it."""

    def __init__(self, what: str, why: str, remedy: str) -> None:
        super().__init__(what, why, remedy)
        self.what, self.why, self.remedy = what, why, remedy

    def __str__(self) -> str:
        return f"{self.what}: {self.why}; {self.remedy}"


class ManifestError(ModelError):
    """The manifest is wrong, or what is asked for is not in it."""


class FetchError(ModelError):
    """The file of a network cannot be had, or is not the one that the manifest names."""


class NetworkError(ModelError):
    """The file is not the network that the manifest describes, or does not run where it must."""


class PictureError(ModelError):
    """The picture cannot be judged: wrong shape, wrong type or wrong size."""


class AnswerError(ModelError):
    """The network's answer for a picture is not usable: not finite, or of another shape than promised."""


class TruthError(ModelError):
    """The labels to evaluate against cannot be used."""


class EyesClosed(ModelError):
    """The network was closed while a picture waited for it."""
