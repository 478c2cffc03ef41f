"""A published file made into the network that the manifest describes, once, beside the file; needs the package onnx.

yolox.py         one batch and one size -> any batch and size, the same answers
resnet18.py      weights that PyTorch wrote (torch_weights.py reads them without it) -> a network
clip.py          pictures and texts in -> pictures in, words and a vector out: the texts (models/prompts.py) built in
for_device.py    as a file is opened for an accelerator, not beside it:
as_decoded.py        numbers in -> pixels as decoded
best_cells.py        all cells of a YOLOX out -> the best
"""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path
from tempfile import NamedTemporaryFile

from models.errors import FetchError
from models.manifest import Network


def converted_file(network: Network, original: Path) -> Path:
    """Return the file made of a network's verified original, beside it; it is made if it is not there or damaged.

    An original of another kind raises NetworkError, a missing package FetchError. Two at once write the same bytes.
    """
    stem = f"{original.stem}.{network.sha256[:12]}.{network.converted}"
    for there in original.parent.glob(f"{stem}-*.onnx"):
        if there.stem == f"{stem}-{_digest(there.read_bytes())}":
            return there
    content = converted(network, original)
    target = original.parent / f"{stem}-{_digest(content)}.onnx"
    with NamedTemporaryFile(dir=original.parent, suffix=".part", delete=False) as part:
        part.write(content)
    Path(part.name).replace(target)
    return target


def converted(network: Network, original: Path) -> bytes:
    """Return the bytes of the ONNX file made of a network's original."""
    try:
        import_module("onnx")
        kind = import_module(f"models.conversion.{network.converted}")
    except ModuleNotFoundError as error:
        why = f"its file must be converted, which needs the package {error.name}"
        raise FetchError(f"network {network.name}", why, "install roadsieve[cpu] or roadsieve[gpu]") from error
    content: bytes = kind.converted(network, original)
    return content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
