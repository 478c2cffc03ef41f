"""Media: probe a video, cut it into segments, decode sampled pictures, make stills. No other room imports `av`.

A file goes `probe` -> `cut` (door -> pictures -> cut -> mux -> edit_list), a segment goes `decode_sampled` or `stills`
(door -> segment -> scale -> orientation, hashes). Pure are timeline, orientation, random_access, sampling, hashes and
edit_list.

libav's calls (reading, decoding, scaling, encoding) release the interpreter's lock, so segments decode side by side in
threads; one decoder must never be shared between threads, and none is: each call opens its own.
"""

from app.media.cut import cut
from app.media.decode import decode_sampled
from app.media.facts import LIMITS, CodedSegment, MediaLimits, Sampled, SampledFrame, VideoFacts
from app.media.hashes import hash_distance, perceptual_hash
from app.media.probe import probe
from app.media.sampling import Sampling
from app.media.still import stills

__all__ = [
    "LIMITS",
    "CodedSegment",
    "MediaLimits",
    "Sampled",
    "SampledFrame",
    "Sampling",
    "VideoFacts",
    "cut",
    "decode_sampled",
    "hash_distance",
    "perceptual_hash",
    "probe",
    "stills",
]
