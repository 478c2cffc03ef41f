"""A published ONNX file opened to be rewritten."""

from __future__ import annotations

from pathlib import Path

import onnx

from models.errors import NetworkError
from models.manifest import Network


def opened(network: Network, original: Path) -> onnx.ModelProto:
    """Return the model of a file; one that is no ONNX file raises NetworkError."""
    try:
        return onnx.load(str(original))
    except Exception as error:  # protobuf raises classes of its own
        why = f"{original} is no ONNX file: {error}"
        raise NetworkError(f"network {network.name}", why, "fetch it again") from error
