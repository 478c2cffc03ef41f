"""The hardware that a network may run on: names, what onnxruntime calls them, and how each is set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from models.errors import ManifestError

Provider = Literal["cpu", "cuda", "tensorrt"]
# fp16 is somewhat quicker on an accelerator (roadsieve_small on an H100: 1.1 times) and changes last digits: gate.py
# says whether anybody would notice.
Precision = Literal["fp32", "fp16"]
ONNX_NAMES: Mapping[Provider, str] = MappingProxyType(
    {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider"}
)


def providers_named(text: str) -> tuple[Provider, ...]:
    """Return the providers of a list such as "cuda,cpu", best first; ManifestError for a name that is none."""
    known = {str(name): name for name in get_args(Provider)}
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise ManifestError(f"provider {name!r}", "not known", f"choose from: {', '.join(known)}")
    return tuple(known[name] for name in names)


def options_of(
    provider: Provider,
    cache: Path,
    input_name: str,
    smallest: Sequence[int],
    largest: Sequence[int],
    precision: Precision = "fp32",
) -> dict[str, str]:
    """Return onnxruntime's options of a provider for inputs between two shapes; names as in its documentation.

    CUDA plans each convolution when its shape changes, by heuristics of cuDNN whatever the search is called (EXHAUSTIVE
    tried all until onnxruntime 1.19, and is another heuristic since: on an H100 roadsieve_small planned five times
    as long by it, and ran no faster). The warm-up of every bucket pays for that.
    TensorRT builds an engine for the whole range once and keeps it, with its timings, in `cache`.
    """
    if provider == "cuda":
        return {"cudnn_conv_algo_search": "HEURISTIC", "do_copy_in_default_stream": "1"}
    if provider == "tensorrt":
        small, large = ("x".join(map(str, shape)) for shape in (smallest, largest))
        return {
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": str(cache),
            "trt_timing_cache_enable": "1",
            "trt_timing_cache_path": str(cache),
            "trt_profile_min_shapes": f"{input_name}:{small}",
            "trt_profile_opt_shapes": f"{input_name}:{large}",
            "trt_profile_max_shapes": f"{input_name}:{large}",
        } | ({"trt_fp16_enable": "1"} if precision == "fp16" else {})
    return {}
