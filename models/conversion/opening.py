"""An ONNX file opened to be rewritten."""

from __future__ import annotations

import onnx

from models.errors import NetworkError
from models.manifest import Network


def opened(network: Network, source: str | bytes) -> onnx.ModelProto:
    """Return the model of a file, named or given; one that is no ONNX file raises NetworkError."""
    try:
        return onnx.load(source) if isinstance(source, str) else onnx.load_from_string(source)
    except Exception as error:  # protobuf raises classes of its own
        why = f"{source if isinstance(source, str) else 'what it was made into'} is no ONNX file: {error}"
        raise NetworkError(f"network {network.name}", why, "fetch it again") from error
